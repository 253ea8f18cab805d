"""How sure one can be of a score, and of a difference between two classifiers."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

_SAMPLES = 1000
_SAMPLES_AT_ONCE = 100

Ids = npt.NDArray[np.integer[Any]]
Counts = npt.NDArray[np.int64]


def macro_f1_interval(predicted: Ids, labels: Ids, seed: int = 0) -> tuple[float, float]:
    """95 % interval of macro F1 by the bootstrap over texts (percentiles; B. Efron, 1979).

    Args:
        predicted: predicted label numbers, shape (texts,).
        labels: true label numbers, shape (texts,).
        seed: of the samples.
    """
    return _f1_interval(predicted, labels, seed, is_weighted=False)


def weighted_f1_interval(predicted: Ids, labels: Ids, seed: int = 0) -> tuple[float, float]:
    """As `macro_f1_interval`, of F1 in which each label counts by its texts."""
    return _f1_interval(predicted, labels, seed, is_weighted=True)


def _f1_interval(predicted: Ids, labels: Ids, seed: int, *, is_weighted: bool) -> tuple[float, float]:
    """A sample of the texts is one of the cells of the confusion matrix that are not empty, in one go."""
    if not len(labels):
        return 0.0, 1.0
    count = int(max(predicted.max(), labels.max())) + 1
    cells, sizes = np.unique(labels.astype(np.int64) * count + predicted, return_counts=True)
    true, found = np.divmod(cells, count)
    random = np.random.default_rng(seed)
    scores: list[npt.NDArray[np.float64]] = []
    for _ in range(0, _SAMPLES, _SAMPLES_AT_ONCE):
        drawn = random.multinomial(sizes.sum(), sizes / sizes.sum(), _SAMPLES_AT_ONCE)
        scores.append(_mean_f1(drawn, true, found, count, is_weighted=is_weighted))
    low, high = np.percentile(np.concatenate(scores), [2.5, 97.5])
    return float(low), float(high)


def _mean_f1(
    drawn: Counts, true: Ids, found: Ids, count: int, *, is_weighted: bool
) -> npt.NDArray[np.float64]:
    """Mean F1 of each sample, over its texts, or over the labels that occur in it or were predicted.

    Args:
        drawn: texts in each cell, shape (samples, cells).
        true: label number of each cell, shape (cells,).
        found: predicted label number of each cell, shape (cells,).
        count: how many labels there are.
        is_weighted: whether each label counts by its texts.
    """
    hits = true == found
    # Twice the hits, over the texts that have the label and those that were given it.
    upper = 2 * _by_label(drawn[:, hits], true[hits], count)
    support = _by_label(drawn, true, count)
    lower = support + _by_label(drawn, found, count)
    f1 = np.divide(upper, lower, out=np.zeros(lower.shape), where=lower > 0)
    weights = support if is_weighted else lower > 0
    scores: npt.NDArray[np.float64] = (f1 * weights).sum(0) / np.maximum(1, weights.sum(0))
    return scores


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
    only_first = int((first_right & ~second_right).sum())
    only_second = int((second_right & ~first_right).sum())
    if not only_first + only_second:
        return 1.0
    return float(binomtest(only_first, only_first + only_second).pvalue)
