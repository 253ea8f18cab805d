"""The test split of a run: its figures with their intervals, by label, and how far probabilities hold."""

import numpy as np

from core.evaluation.calibration import reliability
from core.evaluation.outcomes import Outcomes
from core.evaluation.scores import confusion, label_scores, scores_on, scores_without
from core.problems import Problem
from core.protocol.report import TestedSplit
from core.runs.directory import RunDirectory
from core.runs.history import History


def tested_split(run: RunDirectory, history: History) -> TestedSplit | None:
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
            return _tested(history, outcomes)
        remark = "The predictions on the test split that were kept are of other weights or other texts."
    return TestedSplit(evaluation=evaluation, remark=remark)


def _tested(history: History, outcomes: Outcomes) -> TestedSplit:
    assert history.test is not None
    # Where a text has a set of labels none is the predicted one.
    is_one_label = outcomes.label_ids.ndim == 1
    return TestedSplit(
        evaluation=history.test,
        scores=scores_on(outcomes, np.ones(len(outcomes.seen), bool)),
        unseen=scores_without(outcomes, outcomes.seen),
        seen=int(outcomes.seen.sum()),
        labels=label_scores(outcomes),
        confusion=confusion(outcomes) or [],
        calibrated=reliability(outcomes.probabilities, outcomes.label_ids) if is_one_label else None,
        uncalibrated=reliability(outcomes.raw_probabilities, outcomes.label_ids)
        if is_one_label and outcomes.temperature != 1
        else None,
    )
