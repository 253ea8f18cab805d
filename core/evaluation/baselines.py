"""Baselines: two classifiers that take seconds to train and that any model should beat on the same splits."""

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from core.data.labels.label_sets import LabelSets
from core.data.splits import DataSplits, Split
from core.evaluation.calibration import fit_thresholds
from core.evaluation.outcomes import Outcomes
from core.files import durable
from core.models.inference_settings import DEFAULT_THRESHOLD
from core.problems import Problem
from core.protocol import MAJORITY, TFIDF

# TF-IDF is trained on at most so many texts: the same share of each label, and at least one of each.
_TEXTS = 100_000
_FEATURES = 200_000
_FORMAT = 3  # part of every cache key; raise it when the computation changes


@dataclass(frozen=True, eq=False)
class Baseline:
    """A classifier without a run, and its predictions on the test split."""

    name: str
    outcomes: Outcomes
    parameters: int
    training_seconds: float
    """Excludes counting the words of the texts."""
    texts: int
    """Number of texts that it was trained on."""


def make_baseline(name: str, splits: DataSplits, cache: Path) -> Baseline:
    """Evaluate the baseline `name` on the test split, or read the result from `cache`."""
    key = json.dumps([_FORMAT, name, splits.fingerprint])
    path = cache / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.safetensors"
    facts = path.with_suffix(".json")
    with contextlib.suppress(OSError, ValueError, TypeError, Problem):
        return Baseline(name, Outcomes.read(path), **json.loads(facts.read_text(encoding="utf-8")))
    baseline = _MAKERS[name](splits)
    known = {
        "parameters": baseline.parameters,
        "training_seconds": baseline.training_seconds,
        "texts": baseline.texts,
    }
    with contextlib.suppress(OSError):  # without a cache it is computed again
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        baseline.outcomes.write(path)
        durable.write_whole(facts, json.dumps(known).encode())
    return baseline


def majority(splits: DataSplits) -> Baseline:
    """Predict the most frequent label, or label set, of the training split for every text."""
    label_ids, thresholds = splits.train.label_ids, None
    if isinstance(label_ids, LabelSets):
        most = np.bincount(label_ids.numbers).argmax()
        shares = np.zeros(len(splits.labels), np.float32)
        shares[label_ids.table[int(most)]] = 1
        thresholds = [DEFAULT_THRESHOLD] * len(splits.labels)
    else:
        shares = (np.bincount(label_ids, minlength=len(splits.labels)) / len(label_ids)).astype(np.float32)
    began = time.perf_counter()
    probabilities = np.tile(shares, (len(_test(splits)), 1))
    outcomes = _outcomes(splits, probabilities, time.perf_counter() - began, thresholds)
    return Baseline(MAJORITY, outcomes, len(shares), 0.0, len(splits.train))


def tfidf(splits: DataSplits) -> Baseline:
    """Train logistic regression on TF-IDF features of words and word pairs.

    Multi-label: one model a label, with thresholds fitted on the validation split, as for other classifiers.
    """
    chosen = _share_of_each(splits.train)
    # One-letter words and punctuation count: some texts have nothing else.
    vectorizer = TfidfVectorizer(
        sublinear_tf=True,
        ngram_range=(1, 2),
        max_features=_FEATURES,
        dtype=np.float32,
        token_pattern=r"(?u)\w+|[^\w\s]",
    )
    features = vectorizer.fit_transform(compress(_texts(splits.train), chosen))
    truth = splits.train.label_ids[np.flatnonzero(chosen)]
    began = time.perf_counter()  # features are not counted, as tokenizing is not for other models
    models = _one_model(features, truth) if truth.ndim == 1 else _a_model_each(features, truth)
    thresholds, validation = None, splits.validation
    if truth.ndim == 2:
        found = _probabilities(models, vectorizer.transform(_texts(validation)), len(splits.labels))
        thresholds = fit_thresholds(found, validation.label_ids[:])
    trained = time.perf_counter()
    probabilities = _probabilities(models, vectorizer.transform(_texts(_test(splits))), len(splits.labels))
    outcomes = _outcomes(splits, probabilities, time.perf_counter() - trained, thresholds)
    parameters = sum(int(model.coef_.size + model.intercept_.size) for _, model in models)
    return Baseline(TFIDF, outcomes, parameters, trained - began, features.shape[0])


# Label numbers and the model that predicts their probabilities.
_Models = list[tuple[Any, LogisticRegression]]


def _one_model(features: Any, truth: npt.NDArray[Any]) -> _Models:
    model = LogisticRegression(max_iter=1000).fit(features, truth)
    return [(model.classes_, model)]


def _a_model_each(features: Any, truth: npt.NDArray[Any]) -> _Models:
    """One model for each label that some texts have and others lack."""
    learnable = np.flatnonzero(truth.any(0) & ~truth.all(0))
    return [
        ([number], LogisticRegression(solver="liblinear").fit(features, truth[:, number]))
        for number in learnable
    ]


def _probabilities(models: _Models, features: Any, labels: int) -> npt.NDArray[np.float32]:
    """Probabilities, shape (texts, labels); 0 for labels that no model knows."""
    found = np.zeros((features.shape[0], labels), np.float32)
    for numbers, model in models:
        # A binary model has the classes "lacks it" and "has it": the second is meant.
        found[:, numbers] = model.predict_proba(features)[:, -len(numbers) :]
    return found


def _outcomes(
    splits: DataSplits,
    probabilities: npt.NDArray[np.float32],
    seconds: float,
    thresholds: list[float] | None,
) -> Outcomes:
    test = _test(splits)
    return Outcomes(
        labels=splits.labels,
        label_ids=test.label_ids[:],
        probabilities=probabilities,
        seen=test.seen,
        fingerprint=test.fingerprint,
        step=0,
        seconds=seconds,
        thresholds=thresholds,
    )


def _test(splits: DataSplits) -> Split:
    if splits.test is None:
        raise ValueError("there is no test split")
    return splits.test


def _share_of_each(split: Split) -> npt.NDArray[np.bool_]:
    """Whether a text is trained on, shape (texts,): the same share of each label, or label set."""
    ids = split.label_ids
    numbers = ids.numbers if isinstance(ids, LabelSets) else ids
    order = np.argsort(numbers, kind="stable")
    chosen = np.zeros(len(split), bool)
    chosen[order[:: -(-len(split) // _TEXTS)]] = True
    chosen[np.unique(numbers, return_index=True)[1]] = True
    return chosen


def _texts(split: Split) -> Iterator[str]:
    return (text for chunk in split.texts.chunks() for text in chunk)


_MAKERS = {MAJORITY: majority, TFIDF: tfidf}
