"""Keep transformers from writing to the terminal, for the time of one piece of work."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence warnings and progress bars of transformers; restore the caller's settings afterwards."""
    # Imported late: whoever reports problems with the data first need not wait for it.
    import huggingface_hub.utils
    import transformers.utils.logging

    logging: Any = transformers.utils.logging
    hub: Any = huggingface_hub.utils
    verbosity, has_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    hub_has_bars = not hub.are_progress_bars_disabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()  # also those of the Hub
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        with warnings.catch_warnings(action="ignore"):  # where the environment forbids bars of the Hub
            if has_bars:
                logging.enable_progress_bar()
            (hub.enable_progress_bars if hub_has_bars else hub.disable_progress_bars)()
