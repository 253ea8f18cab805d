"""Set a part of the training rows aside for validation: stratified, seeded, equal texts on one side."""

import hashlib

import numpy as np
import numpy.typing as npt

from core.data.groups import MIXED, Hashes, Numbers, group_rows


def choose_validation_rows(
    keys: Hashes, numbers: Numbers, fraction: float, seed: int, strata: Numbers | None = None
) -> npt.NDArray[np.bool_]:
    """Choose about `fraction` of the rows of each label, at least one where the label has two distinct texts.

    Of rows with sets of labels, those count together whose rarest label is the same.

    Rows whose texts have equal keys stay together; those with different labels are no measure and stay in
    train, where every label keeps a row. The same rows, fraction and seed give the same choice everywhere.

    Args:
        keys: of the texts, by row.
        numbers: of the labels, or of the sets of labels, by row.
        fraction: share of the rows, 0 to 1.
        seed: decides which.
        strata: which numbers count together, by number; by default each counts for itself.

    Returns:
        Whether a row is set aside, by row.
    """
    groups = group_rows(keys, numbers)
    by_group = groups.numbers
    if strata is not None:
        by_group = np.where(by_group == MIXED, by_group, strata[by_group])
    # By label and within a label by chance: sorting by a hash of key and seed depends on no random generator.
    shuffled = np.lexsort((_mixed(groups.keys, seed), by_group))
    by_label = np.split(shuffled, np.flatnonzero(np.diff(by_group[shuffled])) + 1)
    chosen = np.zeros(len(groups.keys), bool)
    for stratum in by_label:
        if len(stratum) and by_group[stratum[0]] != MIXED:
            chosen[stratum[_choose(groups.sizes[stratum], fraction)]] = True
    return groups.rows_of(chosen)


def _choose(sizes: npt.NDArray[np.int64], fraction: float) -> list[int]:
    """Which groups, with about `fraction` of the rows; neither all nor, where there are two, none."""
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
    """A hash of each key, another one for every seed (the finalizer of SplitMix64)."""
    start = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "little")
    mixed = keys ^ np.uint64(start)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
