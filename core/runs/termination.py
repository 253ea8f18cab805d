"""Termination: end the trainer cleanly on SIGTERM, which schedulers send some time before SIGKILL."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import Self

# SIGKILL usually follows after 30 seconds. A trainer that hangs exits before that, without a last event; its
# last checkpoint stays.
_MAX_SECONDS = 25.0
_SIGNALS = {signal.SIGTERM}


class Terminated(BaseException):
    """Raised to abandon the work in progress after SIGTERM."""


class Termination:
    """Context manager that handles SIGTERM. Long operations call `check` now and then.

    Args:
        exits: end the process if it is still there 25 seconds after SIGTERM. Only for a process that does
            nothing else.
    """

    def __init__(self, *, exits: bool = False) -> None:
        self._exits = exits
        self.is_asked = False
        self.interrupts = False
        """Whether the signal handler itself raises `Terminated`, except within `held`."""
        self._holds = 0
        self._clock: threading.Timer | None = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGTERM, self._on_signal)
        mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        if signal.SIGTERM in mask:  # started with the signal blocked: nothing is left to do after the exit
            self._before = signal.SIG_IGN
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGTERM, self._before)
        if self._clock is not None:
            self._clock.cancel()

    def check(self) -> None:
        """Raise `Terminated` if SIGTERM has arrived.

        Raises:
            Terminated: SIGTERM has arrived.
        """
        if self.is_asked:
            raise Terminated

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Defer `Terminated` until the block is left."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
        if self.interrupts:
            self.check()

    def _on_signal(self, number: int, frame: object) -> None:
        self.is_asked = True
        if self._exits and self._clock is None:
            self._clock = threading.Timer(_MAX_SECONDS, os._exit, [0])
            self._clock.daemon = True
            self._clock.start()
        if self.interrupts and not self._holds:
            raise Terminated


@contextlib.contextmanager
def waits() -> Iterator[None]:
    """Block SIGTERM; a process started within keeps it blocked until it enters `Termination`."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def terminated(step: int) -> str:
    """Describe the end of the run."""
    return f"The trainer received SIGTERM at step {step}."
