"""The scores of a classifier: on some of the texts of a split, with their intervals, and label by label."""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from core.evaluation.metrics import macro_f1_interval, score
from core.evaluation.outcomes import Outcomes
from core.protocol import LabelScore, TestScores

# Labels of which each is held against each.
_LARGEST_CONFUSION = 1000


def scores_on(outcomes: Outcomes, chosen: npt.NDArray[np.bool_]) -> TestScores:
    """Accuracy and macro F1 on the texts that are `chosen`, shape (texts,)."""
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
    )


def scores_without(outcomes: Outcomes, known: npt.NDArray[np.bool_]) -> TestScores | None:
    """Scores without the texts that are `known`, shape (texts,); None where that is none of them, or all."""
    return scores_on(outcomes, ~known) if known.any() and not known.all() else None


def confusion(outcomes: Outcomes) -> list[list[int]] | None:
    """How often a label (row) was given another one (column), both in the order of the labels.

    Sets of labels have none: none of a set is given in place of another. Nor have very many labels: it would
    fill the memory, and nobody could read it.
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
