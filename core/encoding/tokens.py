"""Tokens: the token ids of many texts in flat arrays, in memory or memory-mapped."""

import mmap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.labels.label_sets import LabelIds

Ids = npt.NDArray[np.int32]
Types = npt.NDArray[np.int8]
Numbers = npt.NDArray[np.integer[Any]]

# Token ids processed at once: memory-mapped arrays may be larger than memory.
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Tokens:
    """Token ids of texts, in order. A row is one input of the model: a whole text, or a window of it.

    Attributes:
        ids: int32, shape (tokens,): all rows, concatenated.
        starts: int64, shape (rows + 1,): row i is `ids[starts[i]:starts[i + 1]]`.
        full_lengths: int32, shape (texts,): lengths in tokens before truncation.
        unread: int32, shape (texts,): number of tokens that are in no row.
        firsts: int64, shape (texts + 1,): text i has the rows `firsts[i]` to `firsts[i + 1] - 1`; None if
            each text is one row.
        types: int8, shape (tokens,): token type ids of text pairs; None for single texts.
    """

    ids: Ids
    starts: npt.NDArray[np.int64]
    full_lengths: npt.NDArray[np.int32]
    unread: npt.NDArray[np.int32]
    firsts: npt.NDArray[np.int64] | None = None
    types: Types | None = None

    def __len__(self) -> int:
        return len(self.full_lengths)

    def __getitem__(self, row: int) -> Ids:
        return self.ids[self.starts[row] : self.starts[row + 1]]

    def types_of(self, rows: Iterable[int]) -> list[Types] | None:
        """Token type ids of each of `rows`; None for single texts."""
        if self.types is None:
            return None
        return [self.types[self.starts[row] : self.starts[row + 1]] for row in rows]

    @property
    def rows(self) -> "Tokens":
        """The same tokens, with each row as a text of its own."""
        if self.firsts is None:
            return self
        lengths = np.diff(self.starts).astype(np.int32)
        return replace(self, full_lengths=lengths, unread=np.zeros_like(lengths), firsts=None)

    def rows_of(self, texts: Numbers) -> Numbers:
        """Indexes of the rows of `texts` (text indexes), in order."""
        if self.firsts is None:
            return texts
        return np.concatenate([np.arange(self.firsts[text], self.firsts[text + 1]) for text in texts])

    def lengths_of(self, texts: Numbers) -> npt.NDArray[np.int64]:
        """Lengths in tokens of `texts` (text indexes) after truncation; same shape."""
        first, end = texts, texts + 1
        if self.firsts is not None:
            first, end = self.firsts[first], self.firsts[end]
        lengths: npt.NDArray[np.int64] = self.starts[end] - self.starts[first]
        return lengths

    @property
    def lengths(self) -> npt.NDArray[np.int32]:
        """Lengths in tokens after truncation, summed over windows, shape (texts,)."""
        return np.diff(self.starts if self.firsts is None else self.starts[self.firsts]).astype(np.int32)

    def count(self, token: int) -> npt.NDArray[np.int32]:
        """How often each text has `token`, a token id, shape (texts,); windows count each for itself."""
        seen = np.zeros(len(self.ids) + 1, np.int32)
        np.cumsum(self.ids == token, out=seen[1:])
        ends = self.starts if self.firsts is None else self.starts[self.firsts]
        return np.diff(seen[ends])

    def total(self, token: int) -> int:
        """How often `token`, a token id, occurs in all texts."""
        blocks = range(0, len(self.ids), _BLOCK)
        return sum(int(np.count_nonzero(self.ids[start : start + _BLOCK] == token)) for start in blocks)

    @property
    def used_ids(self) -> npt.NDArray[np.intp]:
        """The distinct token ids that occur, ascending."""
        base: object = self.ids.base
        mapped = base if isinstance(base, mmap.mmap) else None
        counts = np.zeros(0, np.intp)
        for start in range(0, len(self.ids), _BLOCK):
            more = np.bincount(self.ids[start : start + _BLOCK], minlength=len(counts))
            more[: len(counts)] += counts
            counts = more
            if mapped:
                # The pages stay in the kernel's cache, but no longer count as memory of this process.
                mapped.madvise(mmap.MADV_DONTNEED)
        return np.flatnonzero(counts)

    @property
    def is_truncated(self) -> npt.NDArray[np.bool_]:
        """Which texts are not read completely, shape (texts,)."""
        return self.unread > 0


@dataclass(frozen=True)
class EncodedSplit:
    """The tokens and labels of a split."""

    tokens: Tokens
    label_ids: LabelIds

    def __len__(self) -> int:
        return len(self.label_ids)


def of_rows(rows: Sequence[Ids], types: Sequence[Types] | None = None) -> Tokens:
    """Tokens of rows of token ids, one per text and none truncated, with token type ids if given."""
    lengths = np.fromiter(map(len, rows), np.int32, len(rows))
    return Tokens(
        ids=np.concatenate([np.zeros(0, np.int32), *rows]),
        starts=starts_of(lengths),
        full_lengths=lengths,
        unread=np.zeros_like(lengths),
        types=None if types is None else np.concatenate([np.zeros(0, np.int8), *types]),
    )


def starts_of(lengths: Numbers) -> npt.NDArray[np.int64]:
    """Offsets of concatenated items of these lengths, shape (items + 1,)."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
