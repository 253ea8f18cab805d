"""Label sets of multi-label data. Each distinct set is stored once and numbered: a row takes four bytes."""

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.labels.cells import LabelCells
from core.data.labels.names import LabelWords
from core.data.tables.table import Cell
from core.data.tables.text_groups import Hashes, Numbers

Flags = npt.NDArray[np.bool_]
SKEWED = 5.0
"""Ratio of the largest to the smallest label from which averages over texts hide the smallest."""
_CACHED_CELLS = 1 << 16


@dataclass(frozen=True, eq=False)
class LabelSetTable:
    """Distinct sets of label numbers, by set number. With one label per text, set k holds label k.

    Attributes:
        members: int32, shape (members,): label numbers of all sets, concatenated, ascending within each.
        starts: int64, shape (sets + 1,): set i is `members[starts[i]:starts[i + 1]]`.
    """

    members: Numbers
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, sets: Iterable[Sequence[int]]) -> "LabelSetTable":
        """The table of `sets`, numbered in their order."""
        members, starts = array("i"), array("q", [0])
        for each in sets:
            members.extend(each)
            starts.append(len(members))
        return cls(np.frombuffer(members, np.int32), np.frombuffer(starts, np.int64))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, number: int) -> list[int]:
        found: list[int] = self.members[self.starts[number] : self.starts[number + 1]].tolist()
        return found

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Number of labels of each set, shape (sets,)."""
        return np.diff(self.starts)

    @property
    def hashes(self) -> Hashes:
        """A hash of each set, shape (sets,); independent of the machine and of the numbering."""
        parts = (self.members[start:end] for start, end in zip(self.starts, self.starts[1:], strict=False))
        digests = [hashlib.blake2b(part.astype("<i4").tobytes(), digest_size=8).digest() for part in parts]
        return np.frombuffer(b"".join(digests), "<u8")

    def count(self, numbers: Numbers, labels: int) -> npt.NDArray[np.int64]:
        """Count the rows that have each label, shape (labels,), given the set number of each row."""
        rows = np.bincount(numbers, minlength=len(self)).repeat(self.sizes)
        counts = np.zeros(labels, np.int64)
        np.add.at(counts, self.members, rows)
        return counts

    def flags(self, numbers: Numbers, labels: int) -> Flags:
        """Which labels each row has, bool, shape (rows, labels), given the set number of each row."""
        sizes = self.sizes[numbers]
        firsts = np.cumsum(sizes) - sizes
        within = np.arange(sizes.sum()) - firsts.repeat(sizes)
        found = np.zeros((len(numbers), labels), bool)
        found[
            np.arange(len(numbers)).repeat(sizes), self.members[self.starts[numbers].repeat(sizes) + within]
        ] = 1
        return found

    def rarest(self, counts: npt.NDArray[np.int64]) -> Numbers:
        """The rarest label of each set, shape (sets,); for an empty set, the number of labels.

        Args:
            counts: number of rows by label.
        """
        order = np.argsort(counts, kind="stable")
        ranks = np.empty(len(counts), np.int64)
        ranks[order] = np.arange(len(counts))
        lowest = np.full(len(self), len(counts))
        np.minimum.at(lowest, np.arange(len(self)).repeat(self.sizes), ranks[self.members])
        found: Numbers = np.append(order, len(counts))[lowest].astype(np.int32)
        return found

    def renumbered(self, new: Sequence[int]) -> "tuple[LabelSetTable, Numbers]":
        """The table with other label numbers, and the new number of each set. Sets that become equal merge.

        Args:
            new: the new number of each label; if -1, the label is dropped from its sets.
        """
        found: dict[tuple[int, ...], int] = {}
        numbers = [
            found.setdefault(tuple(sorted({new[label] for label in self[number]} - {-1})), len(found))
            for number in range(len(self))
        ]
        return LabelSetTable.of(found), np.array(numbers, np.int32)


@dataclass(frozen=True, eq=False)
class LabelSets:
    """The label sets of some rows. Indexing by rows gives bools of shape (rows, labels)."""

    numbers: Numbers
    """Set number by row."""
    table: LabelSetTable
    labels: int
    """Total number of labels."""

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any) -> Flags:
        return self.table.flags(self.numbers[rows], self.labels)

    @property
    def hashes(self) -> Hashes:
        """Hash of the label set of each row."""
        return self.table.hashes[self.numbers]


LabelIds = Numbers | LabelSets
"""By row, a label number or a label set. `label_ids[rows]` has shape (rows,), or (rows, labels) and bools."""


def count_labels(label_ids: LabelIds, labels: int) -> npt.NDArray[np.int64]:
    """Count the rows that have each label, shape (labels,)."""
    if isinstance(label_ids, LabelSets):
        return label_ids.table.count(label_ids.numbers, labels)
    return np.bincount(label_ids, minlength=labels)


class LabelSetNumbers:
    """The distinct label sets of a column, numbered in order of first occurrence.

    Args:
        words: numbers the labels.
        cells: how to parse the cells.
    """

    def __init__(self, words: LabelWords, cells: LabelCells) -> None:
        self._words, self._cells = words, cells
        self._sets: list[tuple[int, ...]] = []
        self._numbers: dict[tuple[int, ...], int] = {}
        self._by_cell: dict[str, int] = {}

    def number(self, cell: Cell) -> int:
        """The number of the label set in a cell that is not blank.

        Raises:
            Problem: too many distinct labels for a label column.
        """
        if not isinstance(cell, str):
            return self._add(cell)
        found = self._by_cell.get(cell)
        if found is None:
            found = self._add(cell)
            if len(self._by_cell) < _CACHED_CELLS:
                self._by_cell[cell] = found
        return found

    def labels_of(self, numbers: Sequence[int]) -> list[tuple[int, ...]]:
        """The label numbers of each of these sets."""
        return [self._sets[number] for number in numbers]

    def table(self) -> LabelSetTable:
        """The table of all sets so far."""
        return LabelSetTable.of(self._sets)

    def _add(self, cell: Cell) -> int:
        labels = tuple(sorted({self._words.number(part) for part in self._cells.parts(cell)}))
        found = self._numbers.setdefault(labels, len(self._sets))
        if found == len(self._sets):
            self._sets.append(labels)
        return found
