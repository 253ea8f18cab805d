"""Rows with equal texts, by arrays: found by sorting the keys of their texts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
MIXED = -1  # the label number of a group whose rows have different labels


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of rows whose texts have the same key."""

    keys: Hashes
    """By group."""
    sizes: npt.NDArray[np.int64]
    """Rows by group."""
    numbers: Numbers
    """The label number that all rows of a group have, or `MIXED`."""
    order: npt.NDArray[np.int64]
    """Indexes of the rows, those of the first group first."""

    def rows_of(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which rows are in the chosen groups."""
        rows = np.empty(len(self.order), bool)
        rows[self.order] = np.repeat(chosen, self.sizes)
        return rows


def group_rows(keys: Hashes, numbers: Numbers) -> Groups:
    """Put rows with equal keys together.

    Args:
        keys: of the texts, by row.
        numbers: of the labels, by row.
    """
    order = np.argsort(keys, kind="stable")
    in_order, by_group = keys[order], numbers[order]
    starts = np.flatnonzero(np.diff(in_order, prepend=~in_order[:1]))
    if not len(starts):
        return Groups(in_order, starts, by_group, order)
    lowest, highest = np.minimum.reduceat(by_group, starts), np.maximum.reduceat(by_group, starts)
    return Groups(
        keys=in_order[starts],
        sizes=np.diff(starts, append=len(order)),
        numbers=np.where(lowest == highest, lowest, MIXED).astype(np.int32),
        order=order,
    )


def count_conflicts(keys: Hashes, numbers: Numbers) -> int:
    """How many distinct texts occur with more than one label."""
    return int(np.count_nonzero(group_rows(keys, numbers).numbers == MIXED))


def count_duplicates(keys: Hashes) -> int:
    """How many rows have a text that occurred before."""
    return len(keys) - len(np.unique(keys))


def count_shared(first: Hashes, second: Hashes) -> int:
    """How many distinct texts occur in both."""
    return len(np.intersect1d(first, second))
