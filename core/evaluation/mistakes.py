"""The texts behind the metrics: confident mistakes, uncertain texts, a cell of the confusion matrix."""

import numpy as np
import numpy.typing as npt

from core.data.examples.texts import pick
from core.data.splits import Split
from core.evaluation.outcomes import Outcomes
from core.models.inference_settings import labels_as_text
from core.protocol import JudgedText

# Longer texts are cut: nobody reads more on a screen.
_CHARACTERS = 10_000

Rows = npt.NDArray[np.intp]


def mistakes(outcomes: Outcomes) -> Rows:
    """Rows with a wrong prediction, the most confident first."""
    return _surest_first(outcomes, np.flatnonzero(~outcomes.is_right))


def in_cell(outcomes: Outcomes, label: int, predicted: int) -> Rows:
    """Rows of one cell of the confusion matrix, the most confident first."""
    is_in_cell = (outcomes.label_ids == label) & (outcomes.predicted == predicted)
    return _surest_first(outcomes, np.flatnonzero(is_in_cell))


def uncertain(outcomes: Outcomes) -> Rows:
    """All rows, the smallest margin first."""
    return np.argsort(_margins(outcomes), kind="stable")


def judged(outcomes: Outcomes, split: Split, rows: Rows) -> list[JudgedText]:
    """The texts of `rows`, in their order, with their true and predicted labels."""
    texts = dict(pick(split.texts, np.sort(rows)))
    confidence, margins = _confidence(outcomes)[rows], _margins(outcomes)[rows]
    labels = labels_as_text(outcomes.label_ids[rows], outcomes.labels)
    predicted = labels_as_text(outcomes.predicted[rows], outcomes.labels)
    return [
        JudgedText(
            row=row,
            text=texts[row][:_CHARACTERS],
            label=labels[place],
            predicted=predicted[place],
            probability=float(confidence[place]),
            margin=float(margins[place]),
        )
        for place, row in enumerate(rows.tolist())
    ]


def _surest_first(outcomes: Outcomes, rows: Rows) -> Rows:
    return rows[np.argsort(-_confidence(outcomes)[rows], kind="stable")]


def _confidence(outcomes: Outcomes) -> npt.NDArray[np.float32]:
    """Probability of the predicted label; multi-label: of the least probable one, or that none applies."""
    likeliest: npt.NDArray[np.float32] = outcomes.probabilities.max(1)
    if outcomes.thresholds is None:
        return likeliest
    least = np.where(outcomes.predicted, outcomes.probabilities, 1).min(1)
    return np.where(outcomes.predicted.any(1), least, 1 - likeliest)  # bounded by the most probable label


def _margins(outcomes: Outcomes) -> npt.NDArray[np.float32]:
    """Distance of the two most probable labels, shape (texts,). Multi-label: of a label to its threshold."""
    if outcomes.deciding is not None:
        closest: npt.NDArray[np.float32] = np.abs(outcomes.probabilities - outcomes.deciding).min(1)
        return closest
    two = np.sort(outcomes.probabilities, axis=1)[:, -2:]
    found: npt.NDArray[np.float32] = two[:, -1] - two[:, 0]
    return found
