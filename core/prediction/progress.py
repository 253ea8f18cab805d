"""Report the progress of classifying a file."""

import time
from typing import Protocol

from core.prediction.windows import Window
from core.text.format import counted

# Seconds between two reports, at least.
INTERVAL = 0.1


class OnProgress(Protocol):
    """A callback for progress."""

    def __call__(self, message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
        """`done` of the `total` bytes of the file are read; `total` is 0 where it is not known."""


class ProgressReporter:
    """Reports the number of classified rows, and their speed, at most ten times a second.

    Args:
        on_progress: the callback.
        size: of the file, in bytes.
        before: number of rows that were classified before an interruption.
    """

    def __init__(self, on_progress: OnProgress, size: int, before: int) -> None:
        self._on_progress = on_progress
        self._size = size
        self._before = before
        self._began = time.monotonic()
        self._told_at = 0.0

    def of_texts(self, window: Window, done: int) -> None:
        """Report `done` classified texts of the window."""
        self(window, done / len(window.tokens))

    def __call__(self, window: Window, part: float) -> None:
        """Report that this share of the window is classified, 0 to 1."""
        now = time.monotonic()
        rows = window.start + int(len(window.rows) * part)
        if rows <= self._before:
            self._began = now
        is_end = part == window.shares[1] == 1.0
        if now - self._told_at < INTERVAL and not is_end:
            return
        self._told_at = now
        if rows < self._before:
            # Without figures: skipping is much faster than classifying, so it allows no estimate.
            self._on_progress(f"skipping {counted(self._before, 'row that is', 'rows that are')} done")
            return
        first, last = window.shares
        share = first + (last - first) * part
        self._on_progress(self._message(rows, now - self._began), int(self._size * share), self._size)

    def _message(self, rows: int, seconds: float) -> str:
        message = counted(rows, "row")
        if rows > self._before:
            speed = (rows - self._before) / max(seconds, 1e-3)
            message += f", {speed:,.{0 if speed >= 10 else 1}f} a second"
        if self._before:
            message += f" ({self._before:,} done before)"
        return message
