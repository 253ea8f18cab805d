"""Sets of labels: each distinct set is kept once and has a number, so that a row costs four bytes."""

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.groups import Hashes, Numbers
from core.data.label_cells import LabelCells
from core.data.labels import Words
from core.data.table import Cell

Flags = npt.NDArray[np.bool_]
SKEWED = 5.0
"""From so many times as many texts on, the largest label drowns the smallest in an average over texts."""
_CELLS_REMEMBERED = 1 << 16


@dataclass(frozen=True, eq=False)
class SetTable:
    """Distinct sets of label numbers, by set number. Where each text has one label, set k holds label k.

    Attributes:
        members: int32, shape (members,): the label numbers of all sets, end to end, ascending in each.
        starts: int64, shape (sets + 1,): set i is `members[starts[i]:starts[i + 1]]`.
    """

    members: Numbers
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, sets: Iterable[Sequence[int]]) -> "SetTable":
        """The table of these sets, in their order."""
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
        """How many labels each set has, shape (sets,)."""
        return np.diff(self.starts)

    @property
    def hashes(self) -> Hashes:
        """A hash of each set, shape (sets,), the same on every machine and however sets are numbered."""
        parts = (self.members[start:end] for start, end in zip(self.starts, self.starts[1:], strict=False))
        digests = [hashlib.blake2b(part.astype("<i4").tobytes(), digest_size=8).digest() for part in parts]
        return np.frombuffer(b"".join(digests), "<u8")

    def count(self, numbers: Numbers, labels: int) -> npt.NDArray[np.int64]:
        """How many of the rows with these set numbers have each of so many labels, shape (labels,)."""
        rows = np.bincount(numbers, minlength=len(self)).repeat(self.sizes)
        counts = np.zeros(labels, np.int64)
        np.add.at(counts, self.members, rows)
        return counts

    def flags(self, numbers: Numbers, labels: int) -> Flags:
        """Which of so many labels the rows with these set numbers have, shape (rows, labels)."""
        sizes = self.sizes[numbers]
        firsts = np.cumsum(sizes) - sizes
        within = np.arange(sizes.sum()) - firsts.repeat(sizes)
        found = np.zeros((len(numbers), labels), bool)
        found[
            np.arange(len(numbers)).repeat(sizes), self.members[self.starts[numbers].repeat(sizes) + within]
        ] = 1
        return found

    def rarest(self, counts: npt.NDArray[np.int64]) -> Numbers:
        """The label of each set that the fewest rows have, shape (sets,); of an empty one the next number.

        Args:
            counts: rows by label.
        """
        order = np.argsort(counts, kind="stable")
        ranks = np.empty(len(counts), np.int64)
        ranks[order] = np.arange(len(counts))
        lowest = np.full(len(self), len(counts))
        np.minimum.at(lowest, np.arange(len(self)).repeat(self.sizes), ranks[self.members])
        found: Numbers = np.append(order, len(counts))[lowest].astype(np.int32)
        return found

    def renamed(self, names: Sequence[int]) -> "tuple[SetTable, Numbers]":
        """The table with other label numbers, and the new number of each set: some may be equal now.

        Args:
            names: the new number of each label.
        """
        found: dict[tuple[int, ...], int] = {}
        numbers = [
            found.setdefault(tuple(sorted({names[label] for label in self[number]})), len(found))
            for number in range(len(self))
        ]
        return SetTable.of(found), np.array(numbers, np.int32)


@dataclass(frozen=True, eq=False)
class LabelSets:
    """The sets of labels of some rows. Indexed by rows, like an array, it gives flags, (rows, labels)."""

    numbers: Numbers
    """Set number by row."""
    table: SetTable
    labels: int
    """How many labels there are."""

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any) -> Flags:
        return self.table.flags(self.numbers[rows], self.labels)

    @property
    def hashes(self) -> Hashes:
        """Of the set of each row."""
        return self.table.hashes[self.numbers]


LabelIds = Numbers | LabelSets
"""By row the number of its label, or the set of them. `label_ids[rows]`: numbers (rows,), or flags."""


def count_labels(label_ids: LabelIds, labels: int) -> npt.NDArray[np.int64]:
    """How many rows have each of so many labels, shape (labels,)."""
    if isinstance(label_ids, LabelSets):
        return label_ids.table.count(label_ids.numbers, labels)
    return np.bincount(label_ids, minlength=labels)


class SetNumbers:
    """The distinct sets of a label column, numbered in the order in which they are found.

    Args:
        words: numbers their labels.
        cells: how they are read.
    """

    def __init__(self, words: Words, cells: LabelCells) -> None:
        self._words, self._cells = words, cells
        self._sets: list[tuple[int, ...]] = []
        self._numbers: dict[tuple[int, ...], int] = {}
        self._by_cell: dict[str, int] = {}

    def number(self, cell: Cell) -> int:
        """The number of the set in a cell that is not blank.

        Raises:
            Problem: there are more labels than any label column has.
        """
        if not isinstance(cell, str):
            return self._add(cell)
        found = self._by_cell.get(cell)
        if found is None:
            found = self._add(cell)
            if len(self._by_cell) < _CELLS_REMEMBERED:
                self._by_cell[cell] = found
        return found

    def labels_of(self, numbers: Sequence[int]) -> list[tuple[int, ...]]:
        """The labels of these sets."""
        return [self._sets[number] for number in numbers]

    def table(self) -> SetTable:
        """All sets so far."""
        return SetTable.of(self._sets)

    def _add(self, cell: Cell) -> int:
        labels = tuple(sorted({self._words.number(part) for part in self._cells.parts(cell)}))
        found = self._numbers.setdefault(labels, len(self._sets))
        if found == len(self._sets):
            self._sets.append(labels)
        return found
