"""Baselines: two classifiers that take seconds to train and that any model should beat on the same splits."""

import contextlib
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data.labels.label_sets import LabelSets
from core.data.splits import DataSplits, Split
from core.evaluation.outcomes import Outcomes
from core.evaluation.thresholds import fit_thresholds
from core.files import durable
from core.models.inference_settings import DEFAULT_THRESHOLD, Decisions, threshold_metric
from core.problems import Problem
from core.protocol import MAJORITY, TFIDF

_FORMAT = 4  # part of every cache key; raise it when the computation changes
_FACTS = ("description", "parameters", "training_seconds", "texts")


@dataclass(frozen=True, eq=False)
class Baseline:
    """A classifier without a run, and its predictions on the test split."""

    name: str
    outcomes: Outcomes
    description: str
    """What it is, in words."""
    parameters: int
    training_seconds: float
    """Includes the features of the texts and the choice of settings."""
    texts: int
    """Number of texts that it was trained on."""


def make_baseline(name: str, splits: DataSplits, cache: Path, metric: str = "accuracy") -> Baseline:
    """Evaluate the baseline `name` on the test split, or read the result from `cache`.

    Args:
        name: majority or tfidf.
        splits: the data.
        cache: folder of earlier results.
        metric: accuracy, macro_f1 or micro_f1; settings and thresholds are chosen by it.
    """
    known = read_baseline(name, splits.fingerprint, cache, metric)
    if known is not None:
        return known
    baseline = _MAKERS[name](splits, metric)
    path, facts = _files(name, splits.fingerprint, cache, metric)
    values = {field: getattr(baseline, field) for field in _FACTS}
    with contextlib.suppress(OSError):  # without a cache it is computed again
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        baseline.outcomes.write(path)
        durable.write_whole(facts, json.dumps(values).encode())
    return baseline


def read_baseline(name: str, fingerprint: str, cache: Path, metric: str) -> Baseline | None:
    """Read a result of `make_baseline`, of data with this fingerprint; None if it is not in the cache."""
    path, facts = _files(name, fingerprint, cache, metric)
    with contextlib.suppress(OSError, ValueError, TypeError, Problem):
        return Baseline(name, Outcomes.read(path), **json.loads(facts.read_text(encoding="utf-8")))
    return None


def _files(name: str, fingerprint: str, cache: Path, metric: str) -> tuple[Path, Path]:
    """The files of a result: predictions and facts."""
    key = hashlib.sha256(json.dumps([_FORMAT, name, fingerprint, metric]).encode()).hexdigest()[:32]
    return cache / f"{key}.safetensors", cache / f"{key}.json"


def majority(splits: DataSplits, metric: str) -> Baseline:
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
    return Baseline(
        name=MAJORITY,
        description=f"the most frequent label{'s of a text' if thresholds else ''} of the training split",
        outcomes=outcomes,
        parameters=len(shares),
        training_seconds=0.0,
        texts=len(splits.train),
    )


def tfidf(splits: DataSplits, metric: str) -> Baseline:
    """Train logistic regression on TF-IDF features; see `TfidfClassifier`.

    Multi-label: one model a label, with thresholds fitted on the validation split, as for other classifiers.
    """
    from core.evaluation.tfidf import TfidfClassifier  # slow to load, and training does not need it

    began = time.perf_counter()
    classifier = TfidfClassifier.trained(splits.train, len(splits.labels), metric)
    thresholds, validation = None, splits.validation
    if splits.train.is_multi_label:
        found = classifier.probabilities(validation)
        truth: Decisions = validation.label_ids[:]
        thresholds = fit_thresholds(found, truth, threshold_metric(metric))
    trained = time.perf_counter()
    probabilities = classifier.probabilities(_test(splits))
    outcomes = _outcomes(splits, probabilities, time.perf_counter() - trained, thresholds)
    return Baseline(
        name=TFIDF,
        description=classifier.description,
        outcomes=outcomes,
        parameters=classifier.parameters,
        training_seconds=trained - began,
        texts=classifier.texts,
    )


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


_MAKERS = {MAJORITY: majority, TFIDF: tfidf}
