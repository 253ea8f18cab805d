"""Thresholds of multi-label decisions, fitted to the metric that selects."""

from typing import Any

import numpy as np
import numpy.typing as npt

from core.models.inference_settings import DEFAULT_THRESHOLD, ThresholdMetric

LOWEST = 0.1
"""The lowest threshold of a label."""
_SWEEPS = 10  # over the labels, until no threshold changes any more
Floats = npt.NDArray[np.floating[Any]]
Flags = npt.NDArray[np.bool_]


def fit_thresholds(probabilities: Floats, truth: Flags, metric: ThresholdMetric = "macro_f1") -> list[float]:
    """Fit a threshold for each label: midway between two probabilities, and at least 0.1.

    Macro F1 takes the best F1 of each label. Without that bound a label of which the classifier knows nothing
    would be predicted for almost every text, since that maximizes its F1 (Z. Lipton et al., Optimal
    Thresholding of Classifiers to Maximize F1 Measure, 2014). A label that no text has gets 0.5; for macro F1
    also one without a probability of 0.1.

    Args:
        probabilities: shape (texts, labels).
        truth: whether a text has a label, shape (texts, labels).
        metric: what the thresholds maximize.
    """
    if not len(truth) or not np.isfinite(probabilities).all():
        return [DEFAULT_THRESHOLD] * truth.shape[1]
    ranked = [_Ranked(found, has) for found, has in zip(probabilities.T, truth.T, strict=True)]
    if metric == "macro_f1":
        return [label.of_best_f1() for label in ranked]
    if metric == "micro_f1":
        return _of_best_micro_f1(ranked)
    return _of_best_exact_match(ranked, probabilities, truth)


def cross_fitted_thresholds(
    probabilities: Floats, truth: Flags, metric: ThresholdMetric = "macro_f1"
) -> npt.NDArray[np.float64]:
    """Thresholds for each text that were fitted without it, shape (texts, labels).

    Thresholds that were fitted on the same texts overstate the scores. So the texts are halved: those of even
    index get the thresholds of the others, and the other way round.

    Args: see `fit_thresholds`.
    """
    found = np.empty(truth.shape)
    for one, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        found[other] = fit_thresholds(probabilities[one], truth[one], metric)
    return found


class _Ranked:
    """The texts by falling probability of a label. Cut k gives the label to the first k texts.

    A threshold cannot separate equal probabilities, and none is below `LOWEST`: other cuts are not possible.
    """

    def __init__(self, probabilities: Floats, has_label: Flags) -> None:
        self.order = np.argsort(-probabilities, kind="stable")
        falling = probabilities[self.order].astype(np.float64)
        self.positives = int(has_label.sum())
        self.hits = np.append(0, np.cumsum(has_label[self.order]))
        """Texts with the label among the first k, shape (texts + 1,)."""
        self._above, self._below = np.append(1.0, falling), np.append(falling, 0.0)
        self.possible = (self._above > self._below) & (self._above >= LOWEST)

    @property
    def cuts(self) -> npt.NDArray[np.int64]:
        """All cuts, shape (texts + 1,)."""
        return np.arange(len(self.hits))

    def best(self, gain: npt.NDArray[Any]) -> int:
        """The possible cut of the highest gain; of several the first."""
        return int(np.argmax(np.where(self.possible, gain, -np.inf)))

    def threshold(self, cut: int) -> float:
        """The threshold of a cut; 0.5 where no text has the label."""
        if not self.positives:
            return DEFAULT_THRESHOLD
        return max(LOWEST, float(self._above[cut] + self._below[cut]) / 2)

    def of_best_f1(self) -> float:
        """The threshold of the best F1 of this label."""
        cut = self.best(2 * self.hits / (self.cuts + max(1, self.positives)))
        return self.threshold(cut) if self.hits[cut] else DEFAULT_THRESHOLD


def _of_best_micro_f1(ranked: list[_Ranked]) -> list[float]:
    """Thresholds of the best micro F1, a ratio (W. Dinkelbach, On Nonlinear Fractional Programming, 1967).

    For a given value the labels are independent: each takes the cut with the most of twice the hits less that
    value for each text. The micro F1 of these cuts is higher than the value, until it is the best.
    """
    value, positives = 0.0, sum(label.positives for label in ranked)
    while True:
        cuts = [label.best(2 * label.hits - value * label.cuts) for label in ranked]
        hits = sum(int(label.hits[cut]) for label, cut in zip(ranked, cuts, strict=True))
        higher = 2 * hits / max(1, sum(cuts) + positives)
        if higher <= value:
            return [label.threshold(cut) for label, cut in zip(ranked, cuts, strict=True)]
        value = higher


def _of_best_exact_match(ranked: list[_Ranked], probabilities: Floats, truth: Flags) -> list[float]:
    """Thresholds of the most texts whose labels are all right, label by label until none can be improved."""
    thresholds = np.full(len(ranked), DEFAULT_THRESHOLD)
    wrong = (probabilities >= thresholds) != truth
    mistakes = wrong.sum(1)
    for _ in range(_SWEEPS):
        before = thresholds.copy()
        for number, label in enumerate(ranked):
            if not label.positives:
                continue
            # Only texts whose other labels are right can be won: +1 for a hit, -1 for a false label.
            can_win = (mistakes - wrong[:, number] == 0)[label.order]
            has = truth[label.order, number]
            gain = np.append(0, np.cumsum(can_win * (2 * has.astype(np.int64) - 1)))
            cut, now = label.best(gain), int((probabilities[:, number] >= thresholds[number]).sum())
            if gain[cut] <= gain[now]:
                continue
            thresholds[number] = label.threshold(cut)
            mistakes -= wrong[:, number]
            wrong[:, number] = (probabilities[:, number] >= thresholds[number]) != truth[:, number]
            mistakes += wrong[:, number]
        if (thresholds == before).all():
            break
    return thresholds.tolist()
