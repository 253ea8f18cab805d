"""Scores of predictions: on some texts of a split, by label, and the confusion matrix."""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from core.evaluation.bootstrap import macro_f1_interval
from core.evaluation.metrics import score, used_labels
from core.evaluation.outcomes import Outcomes
from core.models.inference_settings import Decisions
from core.protocol import LabelScore, TestScores

# The most labels of a confusion matrix.
_LARGEST_CONFUSION = 1000


def scores_on(outcomes: Outcomes, chosen: npt.NDArray[np.bool_]) -> TestScores:
    """Accuracy and F1 with their intervals on the `chosen` texts, bool, shape (texts,)."""
    predicted, labels = outcomes.predicted[chosen], outcomes.label_ids[chosen]
    found = score(predicted, labels)
    low, high = macro_f1_interval(predicted, labels)
    return TestScores(
        examples=len(labels),
        accuracy=found.accuracy,
        accuracy_low=found.accuracy_low,
        accuracy_high=found.accuracy_high,
        macro_f1=found.macro_f1,
        macro_f1_low=low,
        macro_f1_high=high,
        micro_f1=found.micro_f1,
        averaged_labels=len(used_labels(predicted, labels)),
        true_labels=_mean_labels(labels),
        predicted_labels=_mean_labels(predicted),
    )


def _mean_labels(labels: Decisions) -> float | None:
    """Multi-label: mean number of labels a text."""
    return float(labels.sum(1).mean()) if labels.ndim == 2 and len(labels) else None


def scores_without(outcomes: Outcomes, known: npt.NDArray[np.bool_]) -> TestScores | None:
    """Scores without the `known` texts, bool, shape (texts,); None where no text or every text is known."""
    return scores_on(outcomes, ~known) if known.any() and not known.all() else None


def confusion(outcomes: Outcomes) -> list[list[int]] | None:
    """Confusion matrix: true labels in rows, predicted ones in columns, in the order of the labels.

    None for multi-label predictions, where no label is predicted in place of another, and for more than a
    thousand labels, where it would fill the memory.
    """
    if outcomes.thresholds is not None or len(outcomes.labels) > _LARGEST_CONFUSION:
        return None
    every = np.arange(len(outcomes.labels))
    found: list[list[int]] = confusion_matrix(outcomes.label_ids, outcomes.predicted, labels=every).tolist()
    return found


def label_scores(outcomes: Outcomes) -> list[LabelScore]:
    """Precision, recall and F1 of each label."""
    precision, recall, f1, support = precision_recall_fscore_support(
        outcomes.label_ids, outcomes.predicted, labels=np.arange(len(outcomes.labels)), zero_division=0.0
    )
    return [
        LabelScore(
            label=label,
            precision=float(precision[index]),
            recall=float(recall[index]),
            f1=float(f1[index]),
            support=int(support[index]),
            threshold=outcomes.thresholds[index] if outcomes.thresholds else None,
        )
        for index, label in enumerate(outcomes.labels)
    ]
