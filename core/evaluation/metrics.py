"""Figures of one set of predictions: of label numbers, shape (texts,), or of sets, bool (texts, labels)."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax
from sklearn.metrics import f1_score, log_loss

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Scores:
    """Accuracy with its 95 % interval, and macro F1 over the labels that occur or were predicted; 0 to 1.

    Of sets of labels the accuracy is the share of texts whose whole set is right.
    """

    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    micro_f1: float | None = None
    """F1 over all pairs of text and label; only of sets, because it is the accuracy where there are none."""


def score(predicted: Array, truth: Array) -> Scores:
    """Compare what was predicted with what is true."""
    accuracy = float(is_right(predicted, truth).mean())
    low, high = wilson_interval(accuracy, len(truth))
    if truth.ndim == 1:
        macro = f1_score(truth, predicted, average="macro", zero_division=0.0)
        return Scores(accuracy, low, high, float(macro))
    hits = (predicted & truth).sum(0)
    sizes = predicted.sum(0) + truth.sum(0)
    used = sizes > 0
    macro = (2 * hits[used] / sizes[used]).mean() if used.any() else 0.0
    return Scores(accuracy, low, high, float(macro), float(2 * hits.sum() / max(1, sizes.sum())))


def is_right(predicted: Array, truth: Array) -> npt.NDArray[np.bool_]:
    """Which texts got their label, or exactly their set of labels, shape (texts,)."""
    agrees = predicted == truth
    found: npt.NDArray[np.bool_] = agrees.reshape(len(truth), -1).all(1)
    return found


def mean_loss(logits: Array, truth: Array) -> float:
    """Mean cross-entropy over texts; of sets of labels, over all pairs of text and label.

    Args:
        logits: shape (texts, labels).
        truth: what is true of the texts.
    """
    exact = logits.astype(np.float64)
    if truth.ndim == 1:
        return -float(log_softmax(exact, axis=-1)[np.arange(len(truth)), truth].mean())
    return float((np.logaddexp(0, exact) - truth * exact).mean())


def loss_of(probabilities: Array, truth: Array) -> float:
    """As `mean_loss`, of probabilities; no text is more wrong than they can be told from 0 and 1."""
    least = float(np.finfo(np.float32).eps)
    if truth.ndim == 1:
        return float(log_loss(truth, probabilities, labels=np.arange(probabilities.shape[1])))
    right = np.where(truth, probabilities, 1 - probabilities)
    return -float(np.log(np.maximum(right, least)).mean())


def wilson_interval(share: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson score interval of a share of `count` trials (E. B. Wilson, 1927); 95 % by default."""
    if count == 0:
        return 0.0, 1.0
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    centre, scale = share + z * z / (2 * count), 1 + z * z / count
    # Exact where no text is right, or every one: rounding would leave something.
    low = 0.0 if share == 0 else max(0.0, (centre - spread) / scale)
    return low, 1.0 if share == 1 else min(1.0, (centre + spread) / scale)
