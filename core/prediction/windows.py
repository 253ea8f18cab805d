"""Windows: the rows of a file with their encoded texts, a few thousand at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.data.examples.texts import TextSource
from core.data.tables.table import Cell, RowWarnings

if TYPE_CHECKING:
    from core.encoding.tokens import Tokens
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

# Characters of a window: enough for micro-batches of texts of similar length, and computed within seconds on
# a CPU. An interruption loses the window.
CHARACTERS = 1 << 18


@dataclass(frozen=True)
class Window:
    """Consecutive rows of a file; none where they were classified before an interruption."""

    start: int
    """Number of rows of the file before them."""
    rows: list[tuple[Cell, ...]]
    texts: list[str]
    """The text of each row; an empty string where there is none."""
    tokens: Tokens
    """The encoded texts, without the empty ones."""
    shares: tuple[float, float]
    """Shares of the file that are read before and with these rows, 0 to 1."""


def read_windows(
    source: TextSource, encode: Callable[[list[str]], Tokens], warnings: RowWarnings, *, done: int
) -> Iterator[Window]:
    """Read windows. After an interruption at the end of a window, the remaining windows are the same.

    Args:
        source: read from its first row.
        encode: encodes texts.
        remarks: collects remarks about rows.
        done: number of rows to skip.

    Raises:
        Problem: the file cannot be read, or a cell is not text.
    """
    start, share = 0, 0.0
    for chunk in source.chunks():
        warnings.add(chunk.warnings)
        length, step = len(chunk.rows), chunk.read_share - share
        if start + length <= done:
            yield Window(start + length, [], [], encode([]), (chunk.read_share, chunk.read_share))
        for first, last in pairwise(max(cut, done - start) for cut in _cuts(chunk.texts)):
            if first < last:
                texts = chunk.texts[first:last]
                tokens = encode([text for text in texts if text])
                shares = (share + step * first / length, share + step * last / length)
                yield Window(start + first, chunk.rows[first:last], texts, tokens, shares)
        start, share = start + length, chunk.read_share


def _cuts(texts: list[str]) -> list[int]:
    """Indexes that cut texts into parts of about equal size."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    parts = int(ends[-1] // CHARACTERS) + 1
    between = np.searchsorted(ends, ends[-1] * np.arange(1, parts) / parts)
    return [0, *between.tolist(), len(texts)]


T = TypeVar("T")


def ahead(items: Iterable[T], count: int) -> Iterator[T]:
    """Iterate over `items`, making up to `count` of them ahead in a thread.

    An error of `items` is raised when its item is requested.
    """
    source = iter(items)
    thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    end = object()

    def make() -> Future[T | object]:
        return thread.submit(next, source, end)

    try:
        waiting = deque(make() for _ in range(count))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(make())
            yield item  # type: ignore[misc]  # it is not the end
    finally:
        # Items that are being made are no longer needed: do not wait for them.
        thread.shutdown(wait=False, cancel_futures=True)
