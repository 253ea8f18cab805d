"""Logistic regression on TF-IDF features, with its strength chosen by cross-validation within train."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from core.data.labels.label_sets import LabelIds, LabelSets
from core.data.splits import Split
from core.evaluation.metrics import value_of
from core.evaluation.ngrams import Features, features_for
from core.evaluation.thresholds import fit_thresholds
from core.models.inference_settings import Decisions, threshold_metric

# Bounds of time and memory. Training time grows with the characters of the texts times the number of models.
_TEXTS, _CHARACTERS, _WORK = 100_000, 40_000_000, 1_000_000_000
_WORK_OF_CHOICE = 8_000_000  # of one fit for the choice of the strength
_FEATURES, _COEFFICIENTS = 200_000, 50_000_000
_STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)  # C, the inverse of the regularization
_FOLDS = 3
_TEXTS_AT_ONCE = 10_000


@dataclass(frozen=True, eq=False)
class TfidfClassifier:
    """A trained classifier: one logistic regression a label, of two labels one in all."""

    features: Features
    models: OneVsRestClassifier
    labels: int
    strength: float
    texts: int
    """Number of texts that it was trained on."""
    all_texts: int
    """Number of texts of the training split."""

    @classmethod
    def trained(cls, train: Split, labels: int, metric: str) -> Self:
        """Train on a split, or on an equal share of each label of a large one.

        Args:
            train: the training split.
            labels: number of labels.
            metric: selects the strength: accuracy, macro_f1 or micro_f1.
        """
        texts, truth = _sample(train, labels)
        models = 1 if truth.ndim == 1 and labels == 2 else labels
        features = features_for(texts, min(_FEATURES, _COEFFICIENTS // models))
        matrix = features.fit_transform(texts)
        characters = sum(map(len, texts))
        chosen = _every_nth(_groups(truth), -(-characters * models // _WORK_OF_CHOICE))
        strength = choose_strength(matrix[chosen], truth[chosen], labels, metric)
        return cls(features, _fit(matrix, truth, strength), labels, strength, len(texts), len(train))

    @property
    def description(self) -> str:
        """What it is, in words."""
        share = (
            f", trained on {self.texts:,} of {self.all_texts:,} texts" if self.texts < self.all_texts else ""
        )
        return f"logistic regression on TF-IDF of {self.features.description}, C = {self.strength:g}{share}"

    @property
    def parameters(self) -> int:
        """Number of coefficients and intercepts."""
        fitted = [model for model in self.models.estimators_ if isinstance(model, LogisticRegression)]
        return sum(int(model.coef_.size + model.intercept_.size) for model in fitted)

    def probabilities(self, split: Split) -> npt.NDArray[np.float32]:
        """Probabilities of the texts of a split, shape (texts, labels)."""
        texts = _texts(split)
        found = []
        while chunk := list(islice(texts, _TEXTS_AT_ONCE)):
            found.append(_probabilities(self.models, self.features.transform(chunk), self.labels))
        return np.concatenate(found)


def choose_strength(features: csr_matrix, truth: Decisions, labels: int, metric: str) -> float:
    """The best of some strengths by three-fold cross-validation; of equal ones the lower.

    Args:
        features: shape (texts, features).
        truth: label numbers, shape (texts,); multi-label: whether a text has a label, shape (texts, labels).
        labels: number of labels.
        metric: to compare by, on the predictions of all folds.
    """
    folds = _folds(truth)
    if len(np.unique(folds)) < _FOLDS:
        return _STRENGTHS[len(_STRENGTHS) // 2]

    @cache
    def quality(number: int) -> float:
        found = np.zeros((len(truth), labels), np.float32)
        for fold in range(_FOLDS):
            models = _fit(features[folds != fold], truth[folds != fold], _STRENGTHS[number])
            found[folds == fold] = _probabilities(models, features[folds == fold], labels)
        decided: Decisions = found.argmax(1)
        if truth.ndim == 2:
            decided = found >= fit_thresholds(found, truth, threshold_metric(metric))
        return value_of(metric, decided, truth)

    return _STRENGTHS[_climb(quality, len(_STRENGTHS))]


def _climb(quality: Callable[[int], float], count: int) -> int:
    """The number of a highest quality: from the middle downwards while it does not fall, else upwards."""
    best = count // 2
    while best > 0 and quality(best - 1) >= quality(best):
        best -= 1
    while best < count - 1 and quality(best + 1) > quality(best):
        best += 1
    return best


def _folds(truth: Decisions) -> npt.NDArray[np.intp]:
    """The fold of each text, shape (texts,): the texts of each label, or label set, are spread evenly."""
    shuffled = np.random.default_rng(0).permutation(len(truth))
    folds = np.empty(len(truth), np.intp)
    folds[shuffled[np.argsort(_groups(truth)[shuffled], kind="stable")]] = np.arange(len(truth)) % _FOLDS
    return folds


def _fit(features: csr_matrix, truth: Decisions, strength: float) -> OneVsRestClassifier:
    """Fit the models. A label that all texts have, or none, becomes a constant."""
    # Dual coordinate descent, with the tolerance that liblinear itself uses for it: the fastest for such
    # features, and as accurate as a full multinomial fit.
    model = LogisticRegression(solver="liblinear", dual=True, tol=0.1, C=strength, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of constant labels, and of the last digits of weak regularization
        return OneVsRestClassifier(model).fit(features.astype(np.float64), truth)


def _probabilities(models: OneVsRestClassifier, features: csr_matrix, labels: int) -> npt.NDArray[np.float32]:
    """Probabilities, shape (texts, labels); 0 for labels that no model knows."""
    found = np.zeros((features.shape[0], labels), np.float32)
    found[:, models.classes_] = models.predict_proba(features)
    return found


def _sample(split: Split, labels: int) -> tuple[list[str], Decisions]:
    """The texts to train on and their labels: all, or within the bounds the same share of each label."""
    ids: LabelIds | npt.NDArray[Any] = split.label_ids
    groups = ids.numbers if isinstance(ids, LabelSets) else ids
    chosen = _every_nth(groups, -(-len(split) // _TEXTS))
    characters = sum(map(len, _texts(split, chosen)))
    bound = min(_CHARACTERS, _WORK // labels)
    chosen = chosen[_every_nth(groups[chosen], -(-characters // bound))]
    return list(_texts(split, chosen)), ids[chosen]


def _every_nth(groups: npt.NDArray[Any], step: int) -> npt.NDArray[np.intp]:
    """The rows of every `step`th text of each group, and at least one of each; ascending."""
    order = np.argsort(groups, kind="stable")
    firsts = np.unique(groups, return_index=True)[1]
    return np.union1d(order[:: max(1, step)], firsts)


def _groups(truth: Decisions) -> npt.NDArray[Any]:
    """A number for each label or label set, shape (texts,)."""
    return truth if truth.ndim == 1 else np.unique(truth, axis=0, return_inverse=True)[1].ravel()


def _texts(split: Split, rows: npt.NDArray[np.intp] | None = None) -> Iterator[str]:
    """The texts of `rows`, ascending; by default all."""
    start = 0
    for chunk in split.texts.chunks():
        if rows is None:
            yield from chunk
        else:
            first, last = np.searchsorted(rows, [start, start + len(chunk)])
            yield from (chunk[row - start] for row in rows[first:last].tolist())
        start += len(chunk)
