"""scores_on: the scores of a classifier on some of the texts of a split, with their intervals."""

import numpy as np
import numpy.typing as npt

from core.evaluation.metrics import score
from core.evaluation.outcomes import Outcomes
from core.evaluation.uncertainty import macro_f1_interval
from core.protocol import TestScores


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
    )
