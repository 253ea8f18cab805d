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


_SAMPLES = 1000
_SAMPLES_AT_ONCE = 100

Ids = npt.NDArray[np.integer[Any]]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def macro_f1_interval(predicted: Ids | Flags, labels: Ids | Flags, seed: int = 0) -> tuple[float, float]:
    """95 % interval of macro F1 by the bootstrap over texts (percentiles; B. Efron, 1979).

    Args:
        predicted: predicted label numbers, shape (texts,), or sets of them, shape (texts, labels).
        labels: the true ones.
        seed: of the samples.
    """
    return _f1_interval(predicted, labels, seed, is_weighted=False)


def weighted_f1_interval(predicted: Ids | Flags, labels: Ids | Flags, seed: int = 0) -> tuple[float, float]:
    """As `macro_f1_interval`, of F1 in which each label counts by its texts."""
    return _f1_interval(predicted, labels, seed, is_weighted=True)


def _f1_interval(
    predicted: Ids | Flags, labels: Ids | Flags, seed: int, *, is_weighted: bool
) -> tuple[float, float]:
    """A sample of the texts is one of the pairs of what is true and what was predicted, in one go."""
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
    """Mean F1 of each sample, over its texts, or over the labels that occur in it or were predicted.

    Args:
        hits: texts that have a label and were given it, shape (labels, samples).
        support: texts that have it.
        given: texts that were given it.
        is_weighted: whether each label counts by its texts.
    """
    upper, lower = 2 * hits, support + given
    f1 = np.divide(upper, lower, out=np.zeros(lower.shape), where=lower > 0)
    weights = support if is_weighted else lower > 0
    scores: npt.NDArray[np.float64] = (f1 * weights).sum(0) / np.maximum(1, weights.sum(0))
    return scores


def _sums(drawn: Counts, true: Ids, found: Ids, count: int) -> tuple[Counts, Counts, Counts]:
    """What `_macro_f1` takes, of label numbers by cell; `drawn` has shape (samples, cells)."""
    hits = true == found
    return (
        _by_label(drawn[:, hits], true[hits], count),
        _by_label(drawn, true, count),
        _by_label(drawn, found, count),
    )


def _by_label(drawn: Counts, numbers: Ids, count: int) -> Counts:
    """Sums of the cells of each label, shape (labels, samples)."""
    sums = np.zeros((count, len(drawn)), np.int64)
    np.add.at(sums, numbers, drawn.T)
    return sums


def mcnemar(first_right: npt.NDArray[np.bool_], second_right: npt.NDArray[np.bool_]) -> float:
    """Probability of so large a difference between equally good classifiers: McNemar's test (1947), exact.

    Args:
        first_right: whether the first classifier was right, shape (texts,).
        second_right: whether the second was, on the same texts.
    """
    from scipy.stats import binomtest  # takes a second to load, and training needs none of it

    only_first = int((first_right & ~second_right).sum())
    only_second = int((second_right & ~first_right).sum())
    if not only_first + only_second:
        return 1.0
    return float(binomtest(only_first, only_first + only_second).pvalue)
