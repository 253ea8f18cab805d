"""The scores of a classifier: on some of the texts of a split, with their intervals, and label by label."""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import precision_recall_fscore_support

from core.evaluation.metrics import score
from core.evaluation.outcomes import Outcomes
from core.evaluation.uncertainty import macro_f1_interval
from core.protocol import LabelScore, TestScores


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
