"""Tokens: the token ids of many texts, end to end in flat arrays, in memory or mapped from the disk."""

import mmap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.data.label_sets import LabelIds

Ids = npt.NDArray[np.int32]

# Token ids that are looked at in one go: what is mapped from the disk may be larger than memory.
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Tokens:
    """Token ids of texts, in their order.

    Attributes:
        ids: int32, shape (tokens,): all texts end to end.
        starts: int64, shape (texts + 1,): text i is `ids[starts[i]:starts[i + 1]]`.
        full_lengths: int32, shape (texts,): lengths in tokens before truncation.
    """

    ids: Ids
    starts: npt.NDArray[np.int64]
    full_lengths: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.full_lengths)

    def __getitem__(self, index: int) -> Ids:
        return self.ids[self.starts[index] : self.starts[index + 1]]

    @property
    def lengths(self) -> npt.NDArray[np.int32]:
        """Lengths in tokens after truncation, shape (texts,)."""
        return np.diff(self.starts).astype(np.int32)

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
        """Which texts were cut, shape (texts,)."""
        return self.full_lengths > self.lengths


@dataclass(frozen=True)
class EncodedSplit:
    """The texts of a split as a model reads them, and their labels."""

    tokens: Tokens
    label_ids: LabelIds

    def __len__(self) -> int:
        return len(self.label_ids)


def of_rows(rows: Sequence[Ids]) -> Tokens:
    """Texts that are token ids already, none of them cut."""
    lengths = np.fromiter(map(len, rows), np.int32, len(rows))
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return Tokens(np.concatenate([np.zeros(0, np.int32), *rows]), starts, lengths)
