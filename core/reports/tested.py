"""The test split of a run: its figures with their intervals, by label, and how far probabilities hold."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from core.evaluation.calibration import reliability
from core.evaluation.comparison import scores_on
from core.evaluation.outcomes import Outcomes
from core.problems import Problem
from core.protocol.evaluation import LabelScore
from core.protocol.report import SealedModel, TestedSplit
from core.runs.directory import RunDirectory
from core.runs.history import History


def tested_split(run: RunDirectory, history: History, model: SealedModel | None) -> TestedSplit | None:
    """What there is to say of the test split of `run`; None where it was not scored."""
    evaluation = history.test
    if evaluation is None:
        return None
    try:
        outcomes = Outcomes.read(run.outcomes)
    except FileNotFoundError:
        remark = "The predictions on the test split were not kept."
    except Problem as problem:
        remark = str(problem)
    else:
        if (outcomes.step, len(outcomes.label_ids)) == (evaluation.step, evaluation.examples):
            return _tested(history, outcomes, model)
        remark = "The predictions on the test split that were kept are of other weights or other texts."
    return TestedSplit(evaluation=evaluation, remark=remark)


def _tested(history: History, outcomes: Outcomes, model: SealedModel | None) -> TestedSplit:
    assert history.test is not None
    unseen = ~outcomes.seen
    # Where a text has a set of labels none is given in place of another, and none is the predicted one.
    is_one_label = outcomes.label_ids.ndim == 1
    temperature = model.handling.get("temperature", 1.0) if model and model.step == outcomes.step else 1.0
    return TestedSplit(
        evaluation=history.test,
        scores=scores_on(outcomes, np.ones(len(unseen), bool)),
        unseen=scores_on(outcomes, unseen) if unseen.any() and not unseen.all() else None,
        seen=int(outcomes.seen.sum()),
        labels=_label_scores(outcomes),
        confusion=confusion_matrix(
            outcomes.label_ids, outcomes.predicted, labels=np.arange(len(outcomes.labels))
        ).tolist()
        if is_one_label
        else [],
        calibrated=reliability(outcomes.probabilities, outcomes.label_ids) if is_one_label else None,
        uncalibrated=reliability(_without(temperature, outcomes.probabilities), outcomes.label_ids)
        if is_one_label and temperature != 1
        else None,
    )


def _label_scores(outcomes: Outcomes) -> list[LabelScore]:
    found = precision_recall_fscore_support(
        outcomes.label_ids, outcomes.predicted, labels=np.arange(len(outcomes.labels)), zero_division=0.0
    )
    return [
        LabelScore(
            label=label, precision=float(precision), recall=float(recall), f1=float(f1), support=int(support)
        )
        for label, precision, recall, f1, support in zip(outcomes.labels, *found, strict=True)
    ]


def _without(temperature: float, probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.floating[Any]]:
    """The probabilities that the weights alone give: softmax((log p) × T), as p = softmax(logits / T)."""
    least = np.finfo(np.float32).tiny
    found: npt.NDArray[np.floating[Any]] = softmax(np.log(np.maximum(probabilities, least)) * temperature, -1)
    return found
