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

    A sample of the texts is one of the cells of the confusion matrix that are not empty: drawn in one go.

    Args:
        predicted: predicted label numbers, shape (texts,).
        labels: true label numbers, shape (texts,).
        seed: of the samples.
    """
    if not len(labels):
        return 0.0, 1.0
    count = int(max(predicted.max(), labels.max())) + 1
    cells, sizes = np.unique(labels.astype(np.int64) * count + predicted, return_counts=True)
    true, found = np.divmod(cells, count)
    random = np.random.default_rng(seed)
    scores: list[npt.NDArray[np.float64]] = []
    for _ in range(0, _SAMPLES, _SAMPLES_AT_ONCE):
        drawn = random.multinomial(sizes.sum(), sizes / sizes.sum(), _SAMPLES_AT_ONCE)
        scores.append(_macro_f1(drawn, true, found, count))
    low, high = np.percentile(np.concatenate(scores), [2.5, 97.5])
    return float(low), float(high)


def _macro_f1(drawn: Counts, true: Ids, found: Ids, count: int) -> npt.NDArray[np.float64]:
    """Macro F1 of each sample, over the labels that occur in it or were predicted.

    Args:
        drawn: texts in each cell, shape (samples, cells).
        true: label number of each cell, shape (cells,).
        found: predicted label number of each cell, shape (cells,).
        count: how many labels there are.
    """
    hits = true == found
    # Twice the hits, over the texts that have the label and those that were given it.
    upper = 2 * _by_label(drawn[:, hits], true[hits], count)
    lower = _by_label(drawn, true, count) + _by_label(drawn, found, count)
    f1 = np.divide(upper, lower, out=np.zeros(lower.shape), where=lower > 0)
    scores: npt.NDArray[np.float64] = f1.sum(0) / np.maximum(1, (lower > 0).sum(0))
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
