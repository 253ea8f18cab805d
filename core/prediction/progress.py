"""Teller: says now and then how far a file is classified, and how fast."""

import time
from typing import Protocol

from core.prediction.windows import Window

# Seconds between two signs of progress, at least.
INTERVAL = 0.1


class OnProgress(Protocol):
    """Is told how far it has come."""

    def __call__(self, message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
        """`done` of the `total` bytes of the file are read; `total` is 0 where that is not known."""


class Teller:
    """Says now and then how far it has come, and how fast.

    Args:
        on_progress: is told.
        size: of the file, in bytes.
        before: so many rows were classified earlier.
    """

    def __init__(self, on_progress: OnProgress, size: int, before: int) -> None:
        self._on_progress = on_progress
        self._size = size
        self._before = before
        self._began = time.monotonic()
        self._told_at = 0.0

    def of_texts(self, window: Window, done: int) -> None:
        """So many texts of the window are classified."""
        self(window, done / len(window.tokens))

    def __call__(self, window: Window, part: float) -> None:
        """This part of the window is classified, 0 to 1."""
        now = time.monotonic()
        rows = window.start + int(len(window.rows) * part)
        if rows <= self._before:
            self._began = now
        is_end = part == window.shares[1] == 1.0
        if now - self._told_at < INTERVAL and not is_end:
            return
        self._told_at = now
        if rows < self._before:
            # This is much faster than classifying: nobody shall reckon from it when the end comes.
            self._on_progress(f"passing over {self._before:,} rows that are done")
            return
        first, last = window.shares
        share = first + (last - first) * part
        self._on_progress(self._message(rows, now - self._began), int(self._size * share), self._size)

    def _message(self, rows: int, seconds: float) -> str:
        message = f"{rows:,} rows"
        if rows > self._before:
            speed = (rows - self._before) / max(seconds, 1e-3)
            message += f", {speed:,.{0 if speed >= 10 else 1}f} a second"
        if self._before:
            message += f" ({self._before:,} were done before)"
        return message
