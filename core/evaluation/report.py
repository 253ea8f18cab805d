"""Evaluate a checkpoint on labelled data: the report of `bertcls-tui evaluate`."""

import time
from collections.abc import Callable
from typing import Literal

import numpy as np
from sklearn.metrics import precision_recall_fscore_support

from core.data.splits import Split
from core.evaluation.bootstrap import macro_f1_interval, weighted_f1_interval
from core.evaluation.calibration import reliability
from core.evaluation.metrics import loss_of, mean_loss, used_labels
from core.evaluation.mistakes import judged, mistakes, uncertain
from core.evaluation.outcomes import Outcomes
from core.evaluation.scores import confusion, label_scores, scores_on, scores_without
from core.prediction.predictor import Predictor
from core.problems import Problem
from core.protocol import AverageScore, Calibration, EvaluationReport
from core.runs.checkpoints import Which

# The most mistakes, and the most uncertain texts, of a report.
_TEXTS = 50
_INTERVALS = {"macro": macro_f1_interval, "weighted": weighted_f1_interval}


def classify(predictor: Predictor, split: Split, on_progress: Callable[[int, int], None]) -> Outcomes:
    """Classify a split.

    Args:
        predictor: the classifier.
        split: labelled data, with the label numbers of the classifier.
        on_progress: called with the number of texts that are done, and of all texts.

    Raises:
        Problem: only one of the two is multi-label.
    """
    if split.is_multi_label != predictor.is_multi_label:
        model, data = ("one label", "several labels")[:: -1 if predictor.is_multi_label else 1]
        raise Problem(f"the model predicts {model} a text, and the data have {data}", where=split.source)
    began = time.perf_counter()
    outputs, done = [], 0

    def advance(now: int) -> None:
        on_progress(done + now, len(split))

    for texts in split.texts.chunks():
        outputs.append(predictor.predict(texts, advance))
        done += len(texts)
    truth = split.label_ids[:]
    return Outcomes(
        labels=predictor.labels,
        label_ids=truth,
        probabilities=np.concatenate([output.probabilities for output in outputs]),
        seen=split.seen,
        fingerprint=split.fingerprint,
        step=predictor.source.step,
        seconds=time.perf_counter() - began,
        temperature=predictor.temperature,
        fitted_at=predictor.fitted_at,
        truncated=sum(int(output.truncated.sum()) for output in outputs),
        thresholds=predictor.thresholds,
        thresholds_for=predictor.thresholds_for,
        loss=mean_loss(np.concatenate([output.logits for output in outputs]), truth),
    )


def report(
    outcomes: Outcomes, split: Split, which: Which, *, is_own: bool, knows_training: bool
) -> EvaluationReport:
    """Make the report of predictions on `split`.

    Multi-label reports have no confusion matrix, since no label is predicted in place of another, and no
    calibration, which needs a single predicted label.

    Args:
        outcomes: the predictions.
        split: the labelled data.
        which: the best or the last checkpoint.
        is_own: whether `split` is a split of the run itself.
        knows_training: whether it is known which texts were trained on.
    """
    scores = scores_on(outcomes, np.ones(len(split), bool))
    raw, cooled = _losses(outcomes)
    return EvaluationReport(
        source=split.source,
        split=split.name,
        is_own=is_own,
        examples=len(split),
        step=outcomes.step,
        which=which,
        fitted_at=outcomes.fitted_at,
        is_fitted_on=outcomes.is_fitted_on,
        loss=raw,
        calibrated_loss=cooled,
        accuracy=scores.accuracy,
        accuracy_low=scores.accuracy_low,
        accuracy_high=scores.accuracy_high,
        macro_f1=scores.macro_f1,
        micro_f1=scores.micro_f1,
        averaged_labels=scores.averaged_labels,
        true_labels=scores.true_labels,
        predicted_labels=scores.predicted_labels,
        thresholds_for=outcomes.thresholds_for if outcomes.thresholds is not None else None,
        labels=label_scores(outcomes),
        averages=[_average(outcomes, "macro"), _average(outcomes, "weighted")],
        confusion=confusion(outcomes),
        calibration=_calibration(outcomes) if outcomes.thresholds is None else None,
        mistakes=judged(outcomes, split, mistakes(outcomes)[:_TEXTS]),
        uncertain=judged(outcomes, split, uncertain(outcomes)[:_TEXTS]),
        seen=int(outcomes.seen.sum()) if knows_training else None,
        unseen=scores_without(outcomes, outcomes.seen),
        truncated=outcomes.truncated,
        seconds=outcomes.seconds,
        reasons=split.reasons,
    )


def _losses(outcomes: Outcomes) -> tuple[float, float]:
    """The loss without and with the temperature. The first is of the logits, as the trainer computes it.

    Predictions of earlier versions have no loss: there it is computed from the probabilities, whose rounding
    to fp32 limits what a confident mistake costs.
    """
    truth = outcomes.label_ids
    raw = loss_of(outcomes.raw_probabilities, truth) if outcomes.loss is None else outcomes.loss
    return raw, loss_of(outcomes.probabilities, truth) if outcomes.temperature != 1.0 else raw


def _calibration(outcomes: Outcomes) -> Calibration:
    return Calibration(
        temperature=outcomes.temperature,
        before=reliability(outcomes.raw_probabilities, outcomes.label_ids),
        after=reliability(outcomes.probabilities, outcomes.label_ids),
    )


def _average(outcomes: Outcomes, name: Literal["macro", "weighted"]) -> AverageScore:
    """Average over the labels that the texts have or were given."""
    labels, predicted = outcomes.label_ids, outcomes.predicted
    used = used_labels(predicted, labels)
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, predicted, labels=used if len(used) else None, average=name, zero_division=0.0
    )
    low, high = _INTERVALS[name](predicted, labels)
    return AverageScore(
        name=name, precision=float(precision), recall=float(recall), f1=float(f1), f1_low=low, f1_high=high
    )
