"""Answers: what is written of each text of a file, a cell with its labels and one with how probable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data.table import Cell
from core.models.inference_settings import label_names

if TYPE_CHECKING:
    from core.prediction.predictor import Output

COLUMNS = ("predicted", "probability")
# Formats whose cells hold one text each; the others hold lists.
_FLAT = (".csv", ".tsv")
_DELIMITERS = ("|", ";", ",", "/", "\t")


@dataclass(frozen=True)
class Answers:
    """What a classifier said of some texts."""

    names: list[list[str]]
    """By text its label, or all of its labels; there may be none."""
    cells: list[tuple[Cell, Cell]]
    """By text the cells of `COLUMNS`."""

    @classmethod
    def of(cls, found: Output, labels: Sequence[str], delimiter: str | None) -> Answers:
        """The answers in `found`.

        Args:
            found: what a predictor gave.
            labels: label names by label number.
            delimiter: stands between several labels, and between their probabilities; None leaves lists.
        """
        names = label_names(found.decided, labels)
        exact = found.probabilities.astype(np.float64).round(6)
        if found.decided.ndim == 1:
            firsts = [name for (name,) in names]
            return cls(names, list(zip(firsts, exact.max(axis=1).tolist(), strict=True)))
        shares = [row[chosen].tolist() for row, chosen in zip(exact, found.decided, strict=True)]
        if delimiter is None:
            return cls(names, list(zip(names, shares, strict=True)))
        return cls(
            names,
            [
                (delimiter.join(each), delimiter.join(map(str, row)))
                for each, row in zip(names, shares, strict=True)
            ],
        )


def delimiter_for(ending: str, labels: Sequence[str], trained: str | None) -> str | None:
    """What stands between the labels of a cell: what did so in the training data, else one no label has.

    Args:
        ending: of the file that is written.
        labels: label names.
        trained: the delimiter of the training data.

    Returns:
        None where the format has lists.
    """
    if ending.lower() not in _FLAT:
        return None
    if trained is not None:
        return trained
    return next((each for each in _DELIMITERS if not any(each in label for label in labels)), _DELIMITERS[0])
