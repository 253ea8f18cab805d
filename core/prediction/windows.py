"""Windows: the rows of a file as they are classified, some thousand at a time, with their texts encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.data.examples.texts import TextSource
from core.data.table import Cell, RowWarnings

if TYPE_CHECKING:
    from core.encoding.tokens import Tokens
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

# So many have enough texts of equal length for a forward pass, and a processor is done with them in seconds:
# what is interrupted is lost.
CHARACTERS = 1 << 18


@dataclass(frozen=True)
class Window:
    """Some rows of a file, one after the other; none where those that were read were classified before."""

    start: int
    """How many rows of the file come before them."""
    rows: list[tuple[Cell, ...]]
    texts: list[str]
    """One for each row; an empty string where there is none."""
    tokens: Tokens
    """Of the texts that are not empty."""
    shares: tuple[float, float]
    """How much of the file is read before and with them, 0 to 1."""


def read_windows(
    source: TextSource, encode: Callable[[list[str]], Tokens], warnings: RowWarnings, *, done: int
) -> Iterator[Window]:
    """The rows of `source`, without the first `done`; if a window ended there, the same windows as ever.

    Args:
        source: is read from its first row on.
        encode: makes tokens of texts.
        remarks: takes in what is noticed about any row.
        done: so many rows are passed over.

    Raises:
        Problem: the file cannot be read, or has a cell that is no text.
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
    """Where to cut texts into parts of about equal size."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    parts = int(ends[-1] // CHARACTERS) + 1
    between = np.searchsorted(ends, ends[-1] * np.arange(1, parts) / parts)
    return [0, *between.tolist(), len(texts)]


T = TypeVar("T")


def ahead(items: Iterable[T], count: int) -> Iterator[T]:
    """The same items in the same order; up to `count` of them are made before they are asked for.

    What goes wrong while one is made is raised when it is asked for.
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
        # Nobody waits for what is under way: it is not asked for any more.
        thread.shutdown(wait=False, cancel_futures=True)
