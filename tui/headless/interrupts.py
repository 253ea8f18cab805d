"""Interrupts: Ctrl-C is counted, and answered when there is time for it."""

import signal
from types import FrameType
from typing import Self


class Interrupts:
    """Counts, while it is entered, how often Ctrl-C was pressed."""

    def __init__(self) -> None:
        self.count = 0
        self.answered = 0

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._count)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _count(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
