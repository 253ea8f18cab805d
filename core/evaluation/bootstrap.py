"""Bootstrap over texts (B. Efron, 1979): intervals of F1, and of differences between classifiers.

All samples of a macro F1 are means over the same labels: those that the texts have or were given. A label
that a sample lacks has the F1 there that it has on all texts. Without it, samples would lack the rare labels,
which are often the bad ones, and their scores would be too high. Intervals are percentiles of the samples
less their bias, the mean of the samples less the score: a sample has fewer different texts than there are,
and so lower scores of rare labels.

A few texts do not show how far the F1 of their label may be off: one that is right is right in all samples.
So labels with fewer than five texts are drawn as well, as often as there are such labels. In simulations with
twenty labels of one or two texts among 100, 95 % intervals without that covered 40 to 63 % of the true
scores, with it 87 to 93 %; of two equal classifiers one was "better" in 28 to 45 % of the comparisons, now
in 5 %.

Predictions and truth are label numbers, shape (texts,), or multi-label flags, bool, shape (texts, labels).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from core.evaluation.metrics import is_right

Metric = Literal["accuracy", "macro_f1", "micro_f1", "weighted_f1"]
Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

_SAMPLES = 2000
_FEW_TEXTS = 5  # with fewer, labels are drawn as well
_DRAWS_AT_ONCE = 5_000_000
# With very many different texts there are fewer samples, so that drawing them takes seconds.
_DRAWS, _FEWEST_SAMPLES = 200_000_000, 200


def macro_f1_interval(predicted: Array, truth: Array, seed: int = 0) -> tuple[float, float]:
    """95 % interval of macro F1."""
    return Bootstrap([predicted], truth, "macro_f1", seed).interval(0)


def weighted_f1_interval(predicted: Array, truth: Array, seed: int = 0) -> tuple[float, float]:
    """95 % interval of F1 weighted by the number of texts of each label."""
    return Bootstrap([predicted], truth, "weighted_f1", seed).interval(0)


@dataclass(frozen=True)
class ScoreDifference:
    """The score of one classifier less that of another, with its 95 % interval."""

    value: float
    low: float
    high: float
    p_value: float
    """Of no difference: twice the share of samples without a difference, or one of the other sign."""


class Bootstrap:
    """A metric of several classifiers on the same samples of texts.

    Args:
        predictions: of each classifier.
        truth: the labels.
        metric: accuracy, macro_f1, micro_f1 or weighted_f1.
        seed: of the samples.
    """

    def __init__(self, predictions: Sequence[Array], truth: Array, metric: Metric, seed: int = 0) -> None:
        self._count = len(truth)
        if not self._count:
            return
        rows, sizes = _distinct([truth, *predictions])
        names = (
            1 + max(int(each.max()) for each in (truth, *predictions)) if truth.ndim == 1 else truth.shape[1]
        )
        scored = [_Scored.of(each[rows], truth[rows], names, metric) for each in predictions]
        self._values = [each.scores(sizes[:, None])[0] for each in scored]
        support = scored[0].support @ sizes
        used = support + sum(each.given @ sizes for each in scored) > 0
        rare = used & (support < _FEW_TEXTS)
        random = np.random.default_rng([seed, 1])
        samples = []
        for drawn in _draw(sizes, seed):
            labels = _draw_labels(rare, drawn.shape[1], random)
            samples.append([each.scores(drawn, sizes, labels) for each in scored])
        self._samples = np.concatenate(samples, axis=1)

    def interval(self, number: int) -> tuple[float, float]:
        """The 95 % interval of a classifier; it contains the score on all texts."""
        if not self._count:
            return 0.0, 1.0
        value = self._values[number]
        low, high = _interval(_without_bias(self._samples[number], value), value)
        return max(0.0, low), min(1.0, high)

    def difference(self, first: int, second: int) -> ScoreDifference:
        """The difference of two classifiers."""
        if not self._count:
            return ScoreDifference(0.0, -1.0, 1.0, 1.0)
        value = self._values[first] - self._values[second]
        found = _without_bias(self._samples[first] - self._samples[second], value)
        least = min(np.count_nonzero(found <= 0), np.count_nonzero(found >= 0))
        p_value = min(1.0, 2 * (1 + least) / (1 + len(found)))
        return ScoreDifference(float(value), *_interval(found, value), p_value)


@dataclass(frozen=True)
class _Scored:
    """Predictions for some texts, of which each sample has other numbers.

    Attributes:
        hits: whether a text has a label and was given it, sparse, shape (labels, texts).
        support: whether it has it.
        given: whether it was given it.
        right: whether its label, or exactly its label set, was predicted, shape (texts,).
        metric: to compute.
    """

    hits: csr_matrix
    support: csr_matrix
    given: csr_matrix
    right: npt.NDArray[np.bool_]
    metric: Metric

    @classmethod
    def of(cls, predicted: Array, truth: Array, labels: int, metric: Metric) -> "_Scored":
        support, given = _by_label(truth, labels), _by_label(predicted, labels)
        return cls(support.multiply(given).tocsr(), support, given, is_right(predicted, truth), metric)

    def scores(self, drawn: Array, all_texts: Array | None = None, labels: Array | None = None) -> Floats:
        """The metric in each sample, shape (samples,).

        Args:
            drawn: how often a sample has a text, shape (texts, samples).
            all_texts: how often each text occurs, shape (texts,), for labels that a sample lacks.
            labels: how often a sample has a label, shape (labels, samples); each once by default.
        """
        if self.metric == "accuracy":
            shares: Floats = self.right @ drawn / np.maximum(1, drawn.sum(0))
            return shares
        hits, support, given = self.hits @ drawn, self.support @ drawn, self.given @ drawn
        if self.metric == "micro_f1":
            micro: Floats = 2 * hits.sum(0) / np.maximum(1, (support + given).sum(0))
            return micro
        sizes = support + given
        f1 = np.divide(2 * hits, sizes, out=np.zeros(sizes.shape), where=sizes > 0)
        if self.metric == "weighted_f1":
            weighted: Floats = (f1 * support).sum(0) / np.maximum(1, support.sum(0))
            return weighted
        if all_texts is not None:
            whole = self.support @ all_texts + self.given @ all_texts
            usual = 2 * (self.hits @ all_texts) / np.maximum(1, whole)
            f1 = np.where(sizes > 0, f1, usual[:, None])
        used = (self.support.getnnz(1) + self.given.getnnz(1)) > 0
        weights = used[:, None] * (np.ones(f1.shape) if labels is None else labels)
        # Where no label that this classifier knows was drawn, all count.
        weights[:, weights.sum(0) == 0] = used[:, None]
        macro: Floats = (f1 * weights).sum(0) / np.maximum(1, weights.sum(0))
        return macro


def _by_label(labels: Array, count: int) -> csr_matrix:
    """Whether each text has each label, sparse, shape (labels, texts)."""
    if labels.ndim == 2:
        return csr_matrix(labels.T.astype(np.int64))
    ones = np.ones(len(labels), np.int64)
    return csr_matrix((ones, (labels, np.arange(len(labels)))), shape=(count, len(labels)))


def _distinct(columns: Sequence[Array]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """A row for each different combination of labels, and how often it occurs: texts of one are alike."""
    keys = [np.packbits(each, axis=1) if each.ndim == 2 else each[:, None] for each in columns]
    _, rows, sizes = np.unique(np.concatenate(keys, axis=1), axis=0, return_index=True, return_counts=True)
    return rows, sizes


def _draw(sizes: npt.NDArray[np.int64], seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Samples of as many texts as there are, in blocks of shape (different texts, samples)."""
    random = np.random.default_rng(seed)
    left = int(np.clip(_DRAWS // len(sizes), _FEWEST_SAMPLES, _SAMPLES))
    while left:
        number = min(left, max(1, _DRAWS_AT_ONCE // len(sizes)))
        yield random.multinomial(sizes.sum(), sizes / sizes.sum(), number).T
        left -= number


def _draw_labels(
    rare: npt.NDArray[np.bool_], samples: int, random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """How often each sample has each label, shape (labels, samples): the rare ones are drawn, others once."""
    counts = np.ones((len(rare), samples), np.int64)
    if number := np.count_nonzero(rare):
        counts[rare] = random.multinomial(number, np.full(number, 1 / number), samples).T
    return counts


def _without_bias(samples: Floats, value: float) -> Floats:
    """The samples, moved so that their mean is the score on all texts."""
    # Equal samples have no bias, and no rounding of their mean.
    return samples if (samples == samples[0]).all() else samples - (samples.mean() - value)


def _interval(samples: Floats, value: float) -> tuple[float, float]:
    """The 95 % interval; it contains the score on all texts."""
    low, high = np.percentile(samples, [2.5, 97.5])
    return float(min(low, value)), float(max(high, value))
