"""Termination: the machine asks the trainer to end (SIGTERM), as schedulers do some time before they kill."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import Self

# Who asks kills after thirty seconds or more. What is at a standstill by then ends without a word, which
# leaves the last checkpoint.
_MOST_SECONDS = 25.0


_SIGNALS = {signal.SIGTERM}


class Terminated(BaseException):
    """What was under way is given up, since the machine asks for the end."""


class Termination:
    """Listens for SIGTERM while it is entered; what may take long looks at it now and then."""

    def __init__(self) -> None:
        self.is_asked = False
        self.interrupts = False
        """Whether the signal ends by itself whatever is under way, but for what is `held`."""
        self._holds = 0
        self._clock: threading.Timer | None = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGTERM, self._on_signal)
        mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        if signal.SIGTERM in mask:  # a process that was started for this: when it is left all is done
            self._before = signal.SIG_IGN
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGTERM, self._before)
        if self._clock is not None:
            self._clock.cancel()

    def check(self) -> None:
        """Give up what is under way, if that was asked for.

        Raises:
            Terminated: it was.
        """
        if self.is_asked:
            raise Terminated

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Within, nothing is interrupted."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
        if self.interrupts:
            self.check()

    def _on_signal(self, number: int, frame: object) -> None:
        self.is_asked = True
        if self._clock is None:
            self._clock = threading.Timer(_MOST_SECONDS, os._exit, [0])
            self._clock.daemon = True
            self._clock.start()
        if self.interrupts and not self._holds:
            raise Terminated


@contextlib.contextmanager
def waits() -> Iterator[None]:
    """Within, the signal waits; and in a process that is started here, until it listens for itself."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def terminated(step: int) -> str:
    """What happened, for people."""
    return f"The machine asked the trainer to end (SIGTERM) at step {step}."
