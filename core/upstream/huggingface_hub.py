"""huggingface_hub, and datasets on top of it: the switch that keeps both from the network."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def offline() -> Iterator[None]:
    """Within this context both read their caches only, as with HF_HUB_OFFLINE=1.

    They read that variable when they are imported; later the constants that they made of it decide.
    """
    import datasets
    import huggingface_hub

    before = datasets.config.HF_HUB_OFFLINE, huggingface_hub.constants.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = huggingface_hub.constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, huggingface_hub.constants.HF_HUB_OFFLINE = before
