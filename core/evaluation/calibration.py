"""Calibration: probabilities that mean what they say."""

import math
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from core.evaluation.metrics import mean_loss
from core.models.inference_settings import DEFAULT_THRESHOLD, Decisions, InferenceSettings
from core.protocol import Reliability, ReliabilityBin

# No classifier is more than so many times too sure of itself, or too unsure; from few texts it may seem so.
_LARGEST = 20.0


def fit_temperature(logits: npt.NDArray[np.float32], truth: npt.NDArray[Any]) -> float:
    """The temperature of the least cross-entropy (C. Guo et al., On Calibration, 2017: arXiv 1706.04599).

    Args:
        logits: shape (texts, labels), of texts that the weights were not trained on.
        truth: their label numbers, shape (texts,), or which labels they have, shape (texts, labels); then
            the cross-entropy is that of each label by itself.

    Returns:
        1 where nothing can be fitted: the logits are not finite, or say nothing wrong, so that the lowest
        temperature there is would be the best.
    """
    likeliest = logits.argmax(-1) if truth.ndim == 1 else logits > 0
    if not np.isfinite(logits).all() or (likeliest == truth).all():
        return 1.0
    exact = logits.astype(np.float64)

    def cross_entropy(log_temperature: float) -> float:
        return mean_loss(exact / math.exp(log_temperature), truth)

    edge = math.log(_LARGEST)
    found = minimize_scalar(cross_entropy, bounds=(-edge, edge), method="bounded")
    return math.exp(float(found.x))


def reliability(
    probabilities: npt.NDArray[np.floating[Any]], label_ids: npt.NDArray[np.integer[Any]], bins: int = 15
) -> Reliability:
    """How often predictions are right beside how sure they are, by equal ranges of the latter.

    The expected calibration error is the mean distance of the two, each text counting the same
    (M. P. Naeini et al., 2015, over the probability of the predicted label as by C. Guo et al., 2017).

    Args:
        probabilities: shape (texts, labels).
        label_ids: true label numbers, shape (texts,).
        bins: so many ranges of 0 to 1; the upper end belongs to each, and those without texts are left out.
    """
    confidence = probabilities.max(-1).astype(np.float64)
    is_right = probabilities.argmax(-1) == label_ids
    edges = np.linspace(0.0, 1.0, bins + 1)
    numbers = np.clip(np.searchsorted(edges, confidence) - 1, 0, bins - 1)
    counts = np.bincount(numbers, minlength=bins)
    sure = np.bincount(numbers, confidence, bins)
    right = np.bincount(numbers, is_right, bins)
    return Reliability(
        ece=float(np.abs(sure - right).sum() / max(1, len(confidence))),
        bins=[
            ReliabilityBin(
                low=float(edges[number]),
                high=float(edges[number + 1]),
                count=int(counts[number]),
                confidence=float(sure[number] / counts[number]),
                accuracy=float(right[number] / counts[number]),
            )
            for number in np.flatnonzero(counts)
        ],
    )


LOWEST = 0.1
"""No label is given for a lower probability."""
Floats = npt.NDArray[np.floating[Any]]


def fit_inference(
    inference: InferenceSettings, logits: npt.NDArray[np.float32], truth: Decisions, step: int
) -> InferenceSettings:
    """`inference` with what fits these texts best.

    Args:
        inference: that of the classifier so far.
        logits: shape (texts, labels), of texts that the weights were not trained on.
        truth: their label numbers, shape (texts,), or which labels they have, shape (texts, labels).
        step: of the weights.
    """
    fitted = msgspec.structs.replace(inference, temperature=fit_temperature(logits, truth), fitted_at=step)
    if truth.ndim == 1:
        return fitted
    thresholds = fit_thresholds(fitted.probabilities(logits), truth)
    return msgspec.structs.replace(fitted, thresholds=thresholds)


def decide_cross_fitted(
    inference: InferenceSettings, logits: npt.NDArray[np.float32], truth: Decisions
) -> Decisions:
    """What is decided of texts by thresholds that were fitted on other ones: see `crossed_thresholds`.

    Without thresholds there is nothing to keep apart.

    Args:
        inference: as `fit` made it for these texts.
        logits: shape (texts, labels).
        truth: as in `fit`.
    """
    probabilities = inference.probabilities(logits)
    if truth.ndim == 1:
        return inference.decide(probabilities)
    decided: Decisions = probabilities >= cross_fitted_thresholds(probabilities, truth)
    return decided


def cross_fitted_thresholds(probabilities: Floats, truth: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """By text the thresholds that may judge it, shape (texts, labels): honest, and never stuck at 0.

    Thresholds fitted on the same texts would make scores look better than they are. So those of every second
    text decide on the others, and the other way round.

    Args:
        probabilities: shape (texts, labels).
        truth: whether a text has a label, shape (texts, labels).
    """
    found = np.empty(truth.shape)
    for one, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        found[other] = fit_thresholds(probabilities[one], truth[one])
    return found


def fit_thresholds(probabilities: Floats, truth: npt.NDArray[Any]) -> list[float]:
    """For each label the threshold of the best F1, half-way between two probabilities, and at least a tenth.

    Without that bound a label that the classifier knows nothing of would be given to almost every text, which
    is the best that can be done for its F1 (Z. Lipton et al., Optimal Thresholding of Classifiers to Maximize
    F1 Measure, 2014). A label that none of the texts has, or none with so high a probability, gets one half.

    Args:
        probabilities: shape (texts, labels).
        truth: whether a text has a label, shape (texts, labels).
    """
    return [_threshold(found, has) for found, has in zip(probabilities.T, truth.T, strict=True)]


def _threshold(probabilities: Floats, has_label: npt.NDArray[np.bool_]) -> float:
    positives = int(has_label.sum())
    if not positives or not np.isfinite(probabilities).all():
        return DEFAULT_THRESHOLD
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order].astype(np.float64)
    hits = np.cumsum(has_label[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + positives)
    after = np.append(ranked[1:], 0.0)
    # Equal probabilities are on the same side of any threshold.
    best = int(np.argmax(np.where((ranked > after) & (ranked >= LOWEST), f1, 0.0)))
    is_useful = ranked[best] >= LOWEST and hits[best] > 0
    return max(LOWEST, float((ranked[best] + after[best]) / 2)) if is_useful else DEFAULT_THRESHOLD
