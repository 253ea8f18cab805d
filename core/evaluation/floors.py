"""Floors: two classifiers that cost seconds, which any model should beat on the same splits."""

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from core.data.splits import DataSplits, Split
from core.evaluation.outcomes import Outcomes
from core.problems import Problem
from core.runs import durable

MAJORITY, TFIDF = "majority", "tfidf"
# Learns from so many texts at most, drawn evenly.
_TEXTS = 100_000
_FEATURES = 200_000
_FORMAT = 1  # part of every key: what an older program computed is not found


@dataclass(frozen=True, eq=False)
class Floor:
    """A classifier without a run, and what it said of the test split."""

    name: str
    outcomes: Outcomes
    parameters: int
    training_seconds: float
    texts: int
    """So many it learnt from."""


def make_floor(name: str, splits: DataSplits, cache: Path) -> Floor:
    """The floor of that name on the test split, computed where `cache` does not have it."""
    key = json.dumps([_FORMAT, name, splits.fingerprint])
    path = cache / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.safetensors"
    facts = path.with_suffix(".json")
    with contextlib.suppress(OSError, ValueError, TypeError, Problem):
        return Floor(name, Outcomes.read(path), **json.loads(facts.read_text(encoding="utf-8")))
    floor = _MAKERS[name](splits)
    known = {"parameters": floor.parameters, "training_seconds": floor.training_seconds, "texts": floor.texts}
    with contextlib.suppress(OSError):  # a home that cannot be written to: it is computed again
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        floor.outcomes.write(path)
        durable.write_whole(facts, json.dumps(known).encode())
    return floor


def majority(splits: DataSplits) -> Floor:
    """Every text gets the most frequent label of the training split."""
    counts = np.bincount(splits.train.label_ids, minlength=len(splits.labels))
    shares = (counts / counts.sum()).astype(np.float32)
    test = _test(splits)
    began = time.perf_counter()
    probabilities = np.tile(shares, (len(test), 1))
    outcomes = _outcomes(splits, probabilities, time.perf_counter() - began)
    return Floor(MAJORITY, outcomes, len(counts), 0.0, len(splits.train))


def tfidf(splits: DataSplits) -> Floor:
    """Logistic regression on words and pairs of words, weighted by how rare they are (TF-IDF)."""
    every = -(-len(splits.train) // _TEXTS)
    began = time.perf_counter()
    # Words of one letter and signs count, too: some texts have nothing else.
    vectorizer = TfidfVectorizer(
        sublinear_tf=True,
        ngram_range=(1, 2),
        max_features=_FEATURES,
        dtype=np.float32,
        token_pattern=r"(?u)\w+|[^\w\s]",
    )
    features = vectorizer.fit_transform(_texts(splits.train, every))
    model = LogisticRegression(max_iter=1000).fit(features, splits.train.label_ids[::every])
    trained = time.perf_counter()
    found = model.predict_proba(vectorizer.transform(_texts(_test(splits))))
    # Labels that no text of the sample has are never predicted.
    probabilities = np.zeros((len(found), len(splits.labels)), np.float32)
    probabilities[:, model.classes_] = found
    outcomes = _outcomes(splits, probabilities, time.perf_counter() - trained)
    parameters = int(model.coef_.size + model.intercept_.size)
    return Floor(TFIDF, outcomes, parameters, trained - began, features.shape[0])


def _outcomes(splits: DataSplits, probabilities: npt.NDArray[np.float32], seconds: float) -> Outcomes:
    test = _test(splits)
    return Outcomes(
        labels=splits.labels,
        label_ids=test.label_ids,
        probabilities=probabilities,
        seen=test.seen,
        fingerprint=test.fingerprint,
        step=0,
        seconds=seconds,
    )


def _test(splits: DataSplits) -> Split:
    if splits.test is None:
        raise ValueError("there is no test split")
    return splits.test


def _texts(split: Split, every: int = 1) -> Iterator[str]:
    found: Iterator[Any] = (text for chunk in split.texts.chunks() for text in chunk)
    return islice(found, 0, None, every)


_MAKERS = {MAJORITY: majority, TFIDF: tfidf}
FLOORS = tuple(_MAKERS)
