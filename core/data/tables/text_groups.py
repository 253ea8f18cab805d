"""Rows with equal texts, found by sorting hashes of the normalized texts."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
MIXED = -1  # label number of a group whose rows have different labels


def normalize(text: str) -> str:
    """Texts count as equal if they are equal after this: case-folded, white space collapsed."""
    return " ".join(text.casefold().split())


def hash_texts(texts: Iterable[str]) -> bytes:
    """Hash each text to eight bytes, the same on every machine.

    Among 2.5 million different texts, two collide with a probability of 1 in 6 million: n² / 2⁶⁵.
    """
    return b"".join([hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts])


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of rows with equal keys."""

    keys: Hashes
    """By group."""
    sizes: npt.NDArray[np.int64]
    """Rows per group."""
    numbers: Numbers
    """The label number that all rows of a group share, or `MIXED`."""
    order: npt.NDArray[np.int64]
    """Row indexes, group by group."""

    def rows_of(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Mask of the rows in the chosen groups."""
        rows = np.empty(len(self.order), bool)
        rows[self.order] = np.repeat(chosen, self.sizes)
        return rows


def group_rows(keys: Hashes, numbers: Numbers) -> Groups:
    """Group rows with equal keys.

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
    """Number of distinct texts with more than one label."""
    return int(np.count_nonzero(group_rows(keys, numbers).numbers == MIXED))


def count_duplicates(keys: Hashes) -> int:
    """Number of rows whose text occurs in an earlier row."""
    return len(keys) - len(np.unique(keys))


def count_shared(first: Hashes, second: Hashes) -> int:
    """Number of distinct texts that occur in both."""
    return len(np.intersect1d(first, second))
