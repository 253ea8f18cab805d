"""The examples of each split. Without a validation split, training rows are held out."""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from core.config import DataConfig
from core.data.examples.index import ExampleIndex
from core.data.examples.texts import Texts
from core.data.tables.text_groups import MIXED, Hashes, Numbers, group_rows
from core.problems import Problem
from core.text.plain import quoted


@dataclass(frozen=True, eq=False)
class SplitExamples:
    """The examples of a source that belong to one split."""

    index: ExampleIndex
    chosen: npt.NDArray[np.bool_]
    """Mask over the examples of the source."""

    @property
    def source(self) -> str:
        """File or Hub split."""
        return self.index.source

    @property
    def texts(self) -> Texts:
        """The texts of the split."""
        return self.index.texts(self.chosen)

    @property
    def hashes(self) -> Hashes:
        """Hashes of the texts."""
        return self.index.hashes[self.chosen]

    @property
    def keys(self) -> Hashes:
        """Hashes of the normalized texts."""
        return self.index.keys[self.chosen]

    @property
    def numbers(self) -> Numbers:
        """Label set numbers of the source, by example of the split."""
        return self.index.numbers[self.chosen]

    @property
    def counts(self) -> dict[str, int]:
        """Number of examples by label."""
        counts = self.index.sets.count(self.numbers, len(self.index.labels)).tolist()
        return dict(zip(self.index.labels, counts, strict=True))

    @classmethod
    def whole(cls, index: ExampleIndex) -> Self:
        """All examples of a source."""
        return cls(index, np.ones(len(index), bool))


def divide(
    indexes: dict[str, ExampleIndex], labels: list[str], config: DataConfig, seed: int
) -> tuple[dict[str, SplitExamples], list[str]]:
    """Divide the examples into splits. Without a validation split, training examples are held out.

    Returns:
        The splits by name, and warnings.

    Raises:
        Problem: no examples can be held out.
    """
    splits = {name: SplitExamples.whole(index) for name, index in indexes.items()}
    if "validation" in splits:
        return splits, []
    train = indexes["train"]
    fraction = min(config.validation_fraction, config.validation_limit / max(1, len(train)))
    chosen = choose_validation_rows(train.keys, train.numbers, fraction, seed, train.strata)
    if not chosen.any():
        raise Problem(
            "cannot hold out rows for validation: each label has only one distinct text",
            where=train.source,
            mend="Add rows, or name a validation file with --validation.",
        )
    splits |= {"train": SplitExamples(train, ~chosen), "validation": SplitExamples(train, chosen)}
    counts = splits["validation"].counts
    missing = [label for label in labels if label in train.counts and not counts[label]]
    what = "which has" if len(missing) == 1 else f"{len(missing):,} labels that have"
    why = "too few to hold out" if train.is_multi_label else "only one distinct text"
    warnings = [f"Validation has no row of {quoted(missing, 5)}, {what} {why}."] if missing else []
    return {name: splits[name] for name in ("train", "validation", "test") if name in splits}, warnings


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
