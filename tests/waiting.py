"""Wait for a condition, never for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], timeout: float = 120.0) -> T:
    """Return the result of `condition` once it is true; fail after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < end, f"the condition was not met in {timeout:.0f} s"
        time.sleep(0.02)
    return found
