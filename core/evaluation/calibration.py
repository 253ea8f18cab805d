"""Calibration: the inference settings that are fitted on validation, and the reliability of probabilities."""

import math
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from core.evaluation.metrics import mean_loss
from core.evaluation.thresholds import cross_fitted_thresholds, fit_thresholds
from core.models.inference_settings import Decisions, InferenceSettings
from core.protocol import Reliability, ReliabilityBin

# Bound of the temperature and its inverse: few texts may seem to call for more.
_LARGEST = 20.0


def fit_temperature(logits: npt.NDArray[np.float32], truth: npt.NDArray[Any]) -> float:
    """Fit the temperature of the least cross-entropy (C. Guo et al., On Calibration, 2017: arXiv 1706.04599).

    Args:
        logits: shape (texts, labels), of texts that the weights were not trained on.
        truth: label numbers, shape (texts,); multi-label: whether a text has a label, shape (texts, labels),
            for the binary cross-entropy.

    Returns:
        The temperature. 1 where none can be fitted: the logits are not finite, or make no mistake, so that
        the lowest possible temperature would be the best.
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
    """Accuracy against confidence, in bins of equal width, and the expected calibration error.

    The error is the mean distance of the two, weighted by the number of texts
    (M. P. Naeini et al., 2015, over the probability of the predicted label as by C. Guo et al., 2017).

    Args:
        probabilities: shape (texts, labels).
        label_ids: true label numbers, shape (texts,).
        bins: number of bins from 0 to 1; each includes its upper end. Empty bins are omitted.
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


def fit_inference(
    inference: InferenceSettings, logits: npt.NDArray[np.float32], truth: Decisions, step: int
) -> InferenceSettings:
    """Fit the temperature and, multi-label, the thresholds.

    Args:
        inference: the settings so far.
        logits: shape (texts, labels), of texts that the weights were not trained on.
        truth: label numbers, shape (texts,); multi-label: whether a text has a label, shape (texts, labels).
        step: of the weights.
    """
    fitted = msgspec.structs.replace(inference, temperature=fit_temperature(logits, truth), fitted_at=step)
    if truth.ndim == 1:
        return fitted
    thresholds = fit_thresholds(fitted.probabilities(logits), truth, inference.thresholds_for)
    return msgspec.structs.replace(fitted, thresholds=thresholds)


def decide_cross_fitted(
    inference: InferenceSettings, logits: npt.NDArray[np.float32], truth: Decisions
) -> Decisions:
    """Decide on texts with thresholds that were fitted on other texts: see `cross_fitted_thresholds`.

    Without thresholds these are the decisions of `inference` itself.

    Args:
        inference: fitted on these texts by `fit_inference`.
        logits: shape (texts, labels).
        truth: as in `fit_inference`.
    """
    probabilities = inference.probabilities(logits)
    if truth.ndim == 1:
        return inference.decide(probabilities)
    decided: Decisions = probabilities >= cross_fitted_thresholds(
        probabilities, truth, inference.thresholds_for
    )
    return decided
