"""Metrics of predictions, their intervals, and a test of a difference.

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
    """Accuracy with its 95 % interval, and macro F1 over the labels that occur or were predicted; 0 to 1.

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
    used = sizes > 0
    macro = (2 * hits[used] / sizes[used]).mean() if used.any() else 0.0
    return Scores(accuracy, low, high, float(macro), float(2 * hits.sum() / max(1, sizes.sum())))


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


_SAMPLES = 1000
_SAMPLES_AT_ONCE = 100

Ids = npt.NDArray[np.integer[Any]]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def macro_f1_interval(predicted: Ids | Flags, labels: Ids | Flags, seed: int = 0) -> tuple[float, float]:
    """95 % interval of macro F1 by the bootstrap over texts (percentiles; B. Efron, 1979).

    Args:
        predicted: see the module.
        labels: the truth.
        seed: of the bootstrap samples.
    """
    return _f1_interval(predicted, labels, seed, is_weighted=False)


def weighted_f1_interval(predicted: Ids | Flags, labels: Ids | Flags, seed: int = 0) -> tuple[float, float]:
    """As `macro_f1_interval`, for F1 weighted by the number of texts of each label."""
    return _f1_interval(predicted, labels, seed, is_weighted=True)


def _f1_interval(
    predicted: Ids | Flags, labels: Ids | Flags, seed: int, *, is_weighted: bool
) -> tuple[float, float]:
    """Sample counts of the distinct pairs of truth and prediction, which is the same as sampling texts."""
    if not len(labels):
        return 0.0, 1.0
    cells, sizes = np.unique(np.column_stack([labels, predicted]), axis=0, return_counts=True)
    halves: list[npt.NDArray[Any]] = np.split(cells, 2, axis=1)
    true, found = halves
    count = labels.shape[1] if labels.ndim == 2 else int(cells.max()) + 1
    random = np.random.default_rng(seed)
    scores: list[npt.NDArray[np.float64]] = []
    for _ in range(0, _SAMPLES, _SAMPLES_AT_ONCE):
        drawn = random.multinomial(sizes.sum(), sizes / sizes.sum(), _SAMPLES_AT_ONCE)
        if labels.ndim == 2:
            sums = (true & found).T @ drawn.T, true.T @ drawn.T, found.T @ drawn.T
        else:
            sums = _sums(drawn, true[:, 0], found[:, 0], count)
        scores.append(_mean_f1(*sums, is_weighted=is_weighted))
    low, high = np.percentile(np.concatenate(scores), [2.5, 97.5])
    return float(low), float(high)


def _mean_f1(hits: Counts, support: Counts, given: Counts, *, is_weighted: bool) -> npt.NDArray[np.float64]:
    """Mean F1 of each sample over the labels that occur in it or were predicted.

    Args:
        hits: number of texts that have a label and were predicted to, shape (labels, samples).
        support: number of texts that have it.
        given: number of texts that were predicted to have it.
        is_weighted: whether labels are weighted by their number of texts.
    """
    upper, lower = 2 * hits, support + given
    f1 = np.divide(upper, lower, out=np.zeros(lower.shape), where=lower > 0)
    weights = support if is_weighted else lower > 0
    scores: npt.NDArray[np.float64] = (f1 * weights).sum(0) / np.maximum(1, weights.sum(0))
    return scores


def _sums(drawn: Counts, true: Ids, found: Ids, count: int) -> tuple[Counts, Counts, Counts]:
    """The first three arguments of `_mean_f1`, by label; `drawn` has shape (samples, cells)."""
    hits = true == found
    return (
        _by_label(drawn[:, hits], true[hits], count),
        _by_label(drawn, true, count),
        _by_label(drawn, found, count),
    )


def _by_label(drawn: Counts, numbers: Ids, count: int) -> Counts:
    """Sum the cells of each label, shape (labels, samples)."""
    sums = np.zeros((count, len(drawn)), np.int64)
    np.add.at(sums, numbers, drawn.T)
    return sums


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
