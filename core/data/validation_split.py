"""Hold out training rows for validation: stratified, seeded, with equal texts on the same side."""

import hashlib

import numpy as np
import numpy.typing as npt

from core.data.text_groups import MIXED, Hashes, Numbers, group_rows


def choose_validation_rows(
    keys: Hashes, numbers: Numbers, fraction: float, seed: int, strata: Numbers | None = None
) -> npt.NDArray[np.bool_]:
    """Choose about `fraction` of the rows of each label; at least one if the label has two distinct texts.

    Multi-label rows are stratified by their rarest label. Rows with equal keys stay together. Texts with
    conflicting labels stay in train, and so does at least one row of each label. The result depends only on
    the arguments.

    Args:
        keys: of the texts, by row.
        numbers: label numbers or label set numbers, by row.
        fraction: share of the rows, 0 to 1.
        seed: selects the rows.
        strata: the stratum of each number; by default each number is a stratum.

    Returns:
        Mask of the held-out rows.
    """
    groups = group_rows(keys, numbers)
    by_group = groups.numbers
    if strata is not None:
        by_group = np.where(by_group == MIXED, by_group, strata[by_group])
    # Shuffled within each stratum by a hash of key and seed: independent of any random generator.
    shuffled = np.lexsort((_mixed(groups.keys, seed), by_group))
    by_label = np.split(shuffled, np.flatnonzero(np.diff(by_group[shuffled])) + 1)
    chosen = np.zeros(len(groups.keys), bool)
    for stratum in by_label:
        if len(stratum) and by_group[stratum[0]] != MIXED:
            chosen[stratum[_choose(groups.sizes[stratum], fraction)]] = True
    return groups.rows_of(chosen)


def _choose(sizes: npt.NDArray[np.int64], fraction: float) -> list[int]:
    """Groups with about `fraction` of the rows: never all, and of two or more never none."""
    if len(sizes) < 2:
        return []
    wanted = max(1, round(fraction * int(sizes.sum())))
    chosen: list[int] = []
    for group, size in enumerate(sizes.tolist()):
        if not wanted or len(chosen) == len(sizes) - 1:
            break
        if size <= wanted:
            chosen.append(group)
            wanted -= size
    return chosen or [int(sizes.argmin())]


def _mixed(keys: Hashes, seed: int) -> Hashes:
    """Hash each key with the seed (finalizer of SplitMix64)."""
    start = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "little")
    mixed = keys ^ np.uint64(start)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
