"""Calibration: probabilities that mean what they say."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from core.evaluation.metrics import mean_loss
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
