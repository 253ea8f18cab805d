"""The two columns that are written for the texts of a file: the predicted labels and their probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data.tables.table import Cell
from core.models.inference_settings import label_names

if TYPE_CHECKING:
    from core.prediction.predictor import Output

COLUMNS = ("predicted", "probability")
# Formats without lists: several labels are joined into one cell.
_FLAT = (".csv", ".tsv")
_DELIMITERS = ("|", ";", ",", "/", "\t")


@dataclass(frozen=True)
class Answers:
    """Predictions for some texts, as they are written."""

    names: list[list[str]]
    """Labels of each text; multi-label texts may have none."""
    cells: list[tuple[Cell, Cell]]
    """Cells of `COLUMNS` for each text."""

    @classmethod
    def of(cls, found: Output, labels: Sequence[str], delimiter: str | None) -> Answers:
        """Make the cells.

        Args:
            found: output of a predictor.
            labels: label names by label number.
            delimiter: joins several labels, and their probabilities; None keeps lists.
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


def delimiter_for(suffix: str, labels: Sequence[str], trained: str | None) -> str | None:
    """Choose the delimiter of labels in a cell: that of the training data, or one that no label contains.

    Args:
        suffix: of the file that is written.
        labels: label names.
        trained: delimiter of the training data.

    Returns:
        None where the format has lists.
    """
    if suffix.lower() not in _FLAT:
        return None
    if trained is not None:
        return trained
    return next((each for each in _DELIMITERS if not any(each in label for label in labels)), _DELIMITERS[0])
