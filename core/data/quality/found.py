"""Found: the one result of every check, what it found and in which rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from core.data.quality.survey import Survey
from core.protocol import Severity

Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RowList:
    """Rows of several splits, in the order in which they are to be read."""

    splits: npt.NDArray[np.uint8]
    """Number of the split in `Survey.splits`, by row of the list."""
    rows: Indexes
    """In the split, from 0."""
    groups: Indexes | None = None
    """Rows with the same text have the same number, and lie together."""

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, chosen: slice | Indexes) -> "RowList":
        groups = None if self.groups is None else self.groups[chosen]
        return RowList(self.splits[chosen], self.rows[chosen], groups)

    @classmethod
    def of(cls, rows: Iterable[Indexes]) -> Self:
        """The rows of each split in turn, which are given for the first splits or all."""
        each = list(rows)
        splits = [np.full(len(chosen), number, np.uint8) for number, chosen in enumerate(each)]
        return cls(
            np.concatenate([np.zeros(0, np.uint8), *splits]), np.concatenate([np.zeros(0, np.int64), *each])
        )

    def counts(self, survey: Survey) -> dict[str, int]:
        """How many rows there are of each split that has any."""
        counts = np.bincount(self.splits, minlength=len(survey.splits)).tolist()
        return {split.name: count for split, count in zip(survey.splits, counts, strict=True) if count}


@dataclass(frozen=True)
class Suggestion:
    """Another label than the one that a row has, and how probable both are, 0 to 1."""

    label: str
    probability: float
    given: float


def _no_note(survey: Survey, split: int, row: int, text: str) -> str:
    return ""


@dataclass(frozen=True, eq=False)
class Found:
    """What a check found."""

    check: str
    """Its name, by which its rows are asked for."""
    severity: Severity
    title: str
    """How many of what, a clause without a full stop."""
    meaning: str
    """What it does to the training, or to its figures; a sentence."""
    mend: str
    """What can be done; a sentence."""
    rows: RowList
    facts: dict[str, float] = field(default_factory=dict)
    """The figures of the title, for programs."""
    note: Callable[[Survey, int, int, str], str] = _no_note
    """What there is to say of a row of a split with its text."""
    suggestions: list[Suggestion] | None = None
    """By row of the list."""


def times(count: int, one: str, many: str = "") -> str:
    """A number of things: `1 row`, `1,204 rows`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def by_split(counts: dict[str, Any]) -> str:
    """`9 in train and 2 in test`."""
    shown = [f"{count:,} in {name}" for name, count in counts.items()]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def share(part: float) -> str:
    """A share of 0 to 1 in per cent, with a digit more below ten."""
    if 0 < part < 0.001:
        return "under 0.1 %"
    return f"{100 * part:.1f} %" if 0 < part < 0.0995 else f"{100 * part:.0f} %"
