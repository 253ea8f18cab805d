"""Tokens: the token ids of many texts, end to end in flat arrays, in memory or mapped from the disk."""

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

# Token ids that are looked at in one go: what is mapped from the disk may be larger than memory.
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Tokens:
    """Token ids of texts, in their order. A row is what a model reads at once: mostly a whole text.

    Attributes:
        ids: int32, shape (tokens,): all rows end to end.
        starts: int64, shape (rows + 1,): row i is `ids[starts[i]:starts[i + 1]]`.
        full_lengths: int32, shape (texts,): lengths in tokens before truncation.
        unread: int32, shape (texts,): how many of them are in no row.
        firsts: int64, shape (texts + 1,): text i has the rows `firsts[i]` to before `firsts[i + 1]`, one or
            several windows; None where each text is one row.
        types: int8, shape (tokens,): of which of two texts each token is; None where texts are single.
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
        """The types of the tokens of each of `rows`; None where texts are single."""
        if self.types is None:
            return None
        return [self.types[self.starts[row] : self.starts[row + 1]] for row in rows]

    @property
    def rows(self) -> "Tokens":
        """The same tokens, each row taken for a text of its own."""
        if self.firsts is None:
            return self
        lengths = np.diff(self.starts).astype(np.int32)
        return replace(self, full_lengths=lengths, unread=np.zeros_like(lengths), firsts=None)

    def rows_of(self, texts: Numbers) -> Numbers:
        """The numbers of the rows of `texts`, which are numbers of texts, in their order."""
        if self.firsts is None:
            return texts
        return np.concatenate([np.arange(self.firsts[text], self.firsts[text + 1]) for text in texts])

    def lengths_of(self, texts: Numbers) -> npt.NDArray[np.int64]:
        """Lengths in tokens of `texts`, which are numbers of texts, as they are read; shape as theirs."""
        first, end = texts, texts + 1
        if self.firsts is not None:
            first, end = self.firsts[first], self.firsts[end]
        lengths: npt.NDArray[np.int64] = self.starts[end] - self.starts[first]
        return lengths

    @property
    def lengths(self) -> npt.NDArray[np.int32]:
        """Lengths in tokens as they are read, those of all windows together, shape (texts,)."""
        return np.diff(self.starts if self.firsts is None else self.starts[self.firsts]).astype(np.int32)

    @property
    def used_ids(self) -> npt.NDArray[np.intp]:
        """The token ids that occur, each once, in ascending order."""
        base: object = self.ids.base
        mapped = base if isinstance(base, mmap.mmap) else None
        counts = np.zeros(0, np.intp)
        for start in range(0, len(self.ids), _BLOCK):
            more = np.bincount(self.ids[start : start + _BLOCK], minlength=len(counts))
            more[: len(counts)] += counts
            counts = more
            if mapped:
                # What was read of the file stays in the kernel's cache, but is none of this process's memory.
                mapped.madvise(mmap.MADV_DONTNEED)
        return np.flatnonzero(counts)

    @property
    def is_truncated(self) -> npt.NDArray[np.bool_]:
        """Which texts are not read to the last token, shape (texts,)."""
        return self.unread > 0


@dataclass(frozen=True)
class EncodedSplit:
    """The texts of a split as a model reads them, and their labels."""

    tokens: Tokens
    label_ids: LabelIds

    def __len__(self) -> int:
        return len(self.label_ids)


def of_rows(rows: Sequence[Ids], types: Sequence[Types] | None = None) -> Tokens:
    """Texts that are token ids already, a row each, none of them cut; `types` of their tokens, if any."""
    lengths = np.fromiter(map(len, rows), np.int32, len(rows))
    return Tokens(
        ids=np.concatenate([np.zeros(0, np.int32), *rows]),
        starts=starts_of(lengths),
        full_lengths=lengths,
        unread=np.zeros_like(lengths),
        types=None if types is None else np.concatenate([np.zeros(0, np.int8), *types]),
    )


def starts_of(lengths: Numbers) -> npt.NDArray[np.int64]:
    """Where each of so many things of these lengths begins, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
