"""Calibration: probabilities that mean what they say."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

# No classifier is more than so many times too sure of itself, or too unsure; from few texts it may seem so.
_LARGEST = 20.0


def fit_temperature(logits: npt.NDArray[np.float32], label_ids: npt.NDArray[np.integer[Any]]) -> float:
    """The temperature of the least cross-entropy (C. Guo et al., On Calibration, 2017: arXiv 1706.04599).

    Args:
        logits: shape (texts, labels), of texts that the weights were not trained on.
        label_ids: their true label numbers, shape (texts,).

    Returns:
        1 where nothing can be fitted: the logits are not finite, or say nothing wrong, so that the lowest
        temperature there is would be the best.
    """
    if not np.isfinite(logits).all() or (logits.argmax(-1) == label_ids).all():
        return 1.0
    rows = np.arange(len(label_ids))
    exact = logits.astype(np.float64)

    def cross_entropy(log_temperature: float) -> float:
        scaled = log_softmax(exact / math.exp(log_temperature), axis=-1)
        return -float(scaled[rows, label_ids].mean())

    edge = math.log(_LARGEST)
    found = minimize_scalar(cross_entropy, bounds=(-edge, edge), method="bounded")
    return math.exp(float(found.x))
