"""Whether the Hub can be reached: asked once, and quickly, since its library would try for half a minute."""

import functools

_TIMEOUT_SECONDS = 5.0


@functools.cache
def is_reachable() -> bool:
    """Whether the Hub answers this process; HF_HUB_OFFLINE counts as no."""
    from huggingface_hub import constants, get_session

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(constants.ENDPOINT, timeout=_TIMEOUT_SECONDS)
    except Exception:  # noqa: BLE001 - the HTTP library beneath, and so its errors, differ by version
        return False
    return True
