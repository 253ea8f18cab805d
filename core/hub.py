"""Whether the Hub can be reached. Asked once and quickly: its library would retry for half a minute."""

import contextlib
import functools
from collections.abc import Iterator

from core.upstream.huggingface_hub import offline

_TIMEOUT_SECONDS = 5.0


@functools.cache
def is_reachable() -> bool:
    """Whether the Hub answers this process. With HF_HUB_OFFLINE it does not."""
    from huggingface_hub import constants, get_session, is_offline_mode

    if is_offline_mode():
        return False
    try:
        get_session().head(constants.ENDPOINT, timeout=_TIMEOUT_SECONDS)
    except Exception:  # noqa: BLE001 - the HTTP library, and with it the error, depends on the version
        return False
    return True


@contextlib.contextmanager
def without_waiting() -> Iterator[None]:
    """Within this context the Hub's libraries read only their caches, if the Hub cannot be reached."""
    with contextlib.nullcontext() if is_reachable() else offline():
        yield
