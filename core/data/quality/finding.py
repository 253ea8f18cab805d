"""Finding: the result of a check, with the rows it is about."""

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
    """Rows of several splits, in the order in which they are shown."""

    splits: npt.NDArray[np.uint8]
    """Index of the split in `Survey.splits`, by row of the list."""
    rows: Indexes
    """Row in the split, from 0."""
    groups: Indexes | None = None
    """Group number; rows with equal texts form a group and are adjacent."""

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, chosen: slice | Indexes) -> "RowList":
        groups = None if self.groups is None else self.groups[chosen]
        return RowList(self.splits[chosen], self.rows[chosen], groups)

    @classmethod
    def of(cls, rows: Iterable[Indexes]) -> Self:
        """The rows of each split in turn, for the first splits or all."""
        each = list(rows)
        splits = [np.full(len(chosen), number, np.uint8) for number, chosen in enumerate(each)]
        return cls(
            np.concatenate([np.zeros(0, np.uint8), *splits]), np.concatenate([np.zeros(0, np.int64), *each])
        )

    def counts(self, survey: Survey) -> dict[str, int]:
        """Number of rows by split, for splits with any."""
        counts = np.bincount(self.splits, minlength=len(survey.splits)).tolist()
        return {split.name: count for split, count in zip(survey.splits, counts, strict=True) if count}


@dataclass(frozen=True)
class Suggestion:
    """A label suggested for a row, and the probabilities of it and of the given label, 0 to 1."""

    label: str
    probability: float
    given: float


def _no_note(survey: Survey, split: int, row: int, text: str) -> str:
    return ""


@dataclass(frozen=True, eq=False)
class Finding:
    """The result of a check."""

    check: str
    """Name of the check, by which its rows are requested."""
    severity: Severity
    title: str
    """The finding with its count, without a full stop."""
    meaning: str
    """The effect on the training or on its scores; a sentence."""
    mend: str
    """The correction, a sentence."""
    rows: RowList
    facts: dict[str, float] = field(default_factory=dict)
    """The numbers of the title, for programs."""
    note: Callable[[Survey, int, int, str], str] = _no_note
    """Returns a note about a row, given its split, row number and text."""
    suggestions: list[Suggestion] | None = None
    """By row of the list."""


def by_split(counts: dict[str, Any]) -> str:
    """`9 in train and 2 in test`."""
    shown = [f"{count:,} in {name}" for name, count in counts.items()]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def share(part: float) -> str:
    """A share of 0 to 1 as a percentage, with one decimal below 10 %."""
    if 0 < part < 0.001:
        return "under 0.1 %"
    return f"{100 * part:.1f} %" if 0 < part < 0.0995 else f"{100 * part:.0f} %"
