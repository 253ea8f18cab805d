"""Figures of one set of predictions."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, f1_score


@dataclass(frozen=True)
class Scores:
    """Accuracy with its 95 % interval, and macro F1 over the labels that occur or were predicted; 0 to 1."""

    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float


def score(predicted: npt.NDArray[np.integer], labels: npt.NDArray[np.integer]) -> Scores:
    """Compare predicted with true label ids, both of shape (texts,)."""
    accuracy = float(accuracy_score(labels, predicted))
    low, high = wilson_interval(accuracy, len(labels))
    return Scores(accuracy, low, high, float(f1_score(labels, predicted, average="macro", zero_division=0.0)))


def wilson_interval(share: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson score interval of a share of `count` trials (E. B. Wilson, 1927); 95 % by default."""
    if count == 0:
        return 0.0, 1.0
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    centre, scale = share + z * z / (2 * count), 1 + z * z / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
