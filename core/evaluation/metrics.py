"""Metrics of predictions, the interval of a share, and a test of a difference.

Predictions and truth are label numbers, shape (texts,), or multi-label flags, bool, shape (texts, labels).
"""

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
    """Accuracy with its 95 % interval, macro F1 and micro F1; 0 to 1.

    Macro F1 is the mean over the labels that the texts have or were given: see `used_labels`.

    Multi-label: accuracy is the share of texts whose label set is exactly right.
    """

    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    micro_f1: float | None = None
    """F1 over all pairs of text and label. Multi-label only: otherwise it equals the accuracy."""


def score(predicted: Array, truth: Array) -> Scores:
    """Score predictions against the truth."""
    accuracy = float(is_right(predicted, truth).mean())
    low, high = wilson_interval(accuracy, len(truth))
    if truth.ndim == 1:
        macro = f1_score(truth, predicted, average="macro", zero_division=0.0)
        return Scores(accuracy, low, high, float(macro))
    hits = (predicted & truth).sum(0)
    sizes = predicted.sum(0) + truth.sum(0)
    used = used_labels(predicted, truth)
    macro = (2 * hits[used] / sizes[used]).mean() if len(used) else 0.0
    return Scores(accuracy, low, high, float(macro), float(2 * hits.sum() / max(1, sizes.sum())))


def used_labels(predicted: Array, truth: Array) -> npt.NDArray[np.intp]:
    """Numbers of the labels that the texts have or were given, over which every macro F1 is the mean.

    A label that they neither have nor were given has no F1.
    """
    found: npt.NDArray[np.intp] = (
        np.flatnonzero((truth | predicted).any(0)) if truth.ndim == 2 else np.union1d(truth, predicted)
    )
    return found


def value_of(metric: str, predicted: Array, truth: Array) -> float:
    """One of the `Scores` by its name; micro F1 of single labels is their accuracy."""
    found = score(predicted, truth)
    value: float | None = getattr(found, metric)
    return found.accuracy if value is None else value


def is_right(predicted: Array, truth: Array) -> npt.NDArray[np.bool_]:
    """Whether the label, or exactly the label set, of each text was predicted, shape (texts,)."""
    agrees = predicted == truth
    found: npt.NDArray[np.bool_] = agrees.reshape(len(truth), -1).all(1)
    return found


def mean_loss(logits: Array, truth: Array) -> float:
    """Mean cross-entropy over texts; multi-label: over all pairs of text and label.

    Args:
        logits: shape (texts, labels).
        truth: see the module.
    """
    exact = logits.astype(np.float64)
    if truth.ndim == 1:
        return -float(log_softmax(exact, axis=-1)[np.arange(len(truth)), truth].mean())
    return float((np.logaddexp(0, exact) - truth * exact).mean())


def loss_of(probabilities: Array, truth: Array) -> float:
    """As `mean_loss`, from probabilities, which are kept an epsilon of fp32 away from 0."""
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
    # Exact at 0 and 1, where rounding would leave a remainder.
    low = 0.0 if share == 0 else max(0.0, (centre - spread) / scale)
    return low, 1.0 if share == 1 else min(1.0, (centre + spread) / scale)


def mcnemar(first_right: npt.NDArray[np.bool_], second_right: npt.NDArray[np.bool_]) -> float:
    """P-value of the exact McNemar test (1947) that two classifiers are equally good.

    Args:
        first_right: whether the first classifier was right, shape (texts,).
        second_right: whether the second was right, on the same texts.
    """
    from scipy.stats import binomtest  # slow to load, and training does not need it

    only_first = int((first_right & ~second_right).sum())
    only_second = int((second_right & ~first_right).sum())
    if not only_first + only_second:
        return 1.0
    return float(binomtest(only_first, only_first + only_second).pvalue)
