"""The texts behind the figures: the most confident mistakes, the most uncertain, those of a cell."""

import numpy as np
import numpy.typing as npt

from core.data.splits import Split
from core.data.texts import pick
from core.evaluation.outcomes import Outcomes
from core.protocol import JudgedText

# Of a longer text nobody reads more on a screen.
_CHARACTERS = 10_000

Rows = npt.NDArray[np.intp]


def mistakes(outcomes: Outcomes) -> Rows:
    """The rows that got a wrong label, the surest first."""
    return _surest_first(outcomes, np.flatnonzero(~outcomes.is_right))


def in_cell(outcomes: Outcomes, label: int, predicted: int) -> Rows:
    """The rows of one cell of the confusion matrix, the surest first."""
    is_in_cell = (outcomes.label_ids == label) & (outcomes.predicted == predicted)
    return _surest_first(outcomes, np.flatnonzero(is_in_cell))


def uncertain(outcomes: Outcomes) -> Rows:
    """All rows, the one whose two likeliest labels are closest first."""
    return np.argsort(_margins(outcomes), kind="stable")


def judged(outcomes: Outcomes, split: Split, rows: Rows) -> list[JudgedText]:
    """The texts of `rows` in their order, with what was said of them."""
    texts = dict(pick(split.texts, np.sort(rows)))
    confidence, margins = outcomes.probabilities.max(1), _margins(outcomes)
    return [
        JudgedText(
            row=row,
            text=texts[row][:_CHARACTERS],
            label=outcomes.labels[outcomes.label_ids[row]],
            predicted=outcomes.labels[outcomes.predicted[row]],
            probability=float(confidence[row]),
            margin=float(margins[row]),
        )
        for row in rows.tolist()
    ]


def _surest_first(outcomes: Outcomes, rows: Rows) -> Rows:
    return rows[np.argsort(-outcomes.probabilities.max(1)[rows], kind="stable")]


def _margins(outcomes: Outcomes) -> npt.NDArray[np.float32]:
    """Between the two likeliest labels, shape (texts,)."""
    two = np.sort(outcomes.probabilities, axis=1)[:, -2:]
    found: npt.NDArray[np.float32] = two[:, -1] - two[:, 0]
    return found
