"""Thresholds and scores of label sets."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import accuracy_score, f1_score

from core.evaluation.bootstrap import macro_f1_interval
from core.evaluation.calibration import decide_cross_fitted, fit_inference
from core.evaluation.metrics import mean_loss, score
from core.evaluation.thresholds import LOWEST, fit_thresholds
from core.models.inference_settings import DEFAULT_THRESHOLD, InferenceSettings, label_names


def drawn(seed: int, texts: int = 60, labels: int = 3) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Logits, and label sets drawn from their probabilities. Some labels are rare."""
    random = np.random.default_rng(seed)
    logits = (random.normal(0, 2, (texts, labels)) - np.arange(labels)).astype(np.float32)
    return logits, random.random((texts, labels)) < expit(logits)


@given(seed=st.integers(0, 200), digits=st.integers(1, 3))
def test_fitted_thresholds_have_the_best_f1(seed: int, digits: int) -> None:
    """Rounding makes many probabilities equal."""
    logits, truth = drawn(seed, 25)
    probabilities = expit(logits).round(digits)
    thresholds = fit_thresholds(probabilities, truth)
    for found, has, threshold in zip(probabilities.T, truth.T, thresholds, strict=True):
        candidates = [*np.unique(found[found >= LOWEST]), 2.0]
        best = max(f1_score(has, found >= candidate, zero_division=0.0) for candidate in candidates)
        if best:
            assert f1_score(has, found >= threshold) == pytest.approx(best)
            assert threshold >= LOWEST
        else:
            assert threshold == DEFAULT_THRESHOLD


@given(seed=st.integers(0, 200))
def test_scores_match_scikit_learn(seed: int) -> None:
    logits, truth = drawn(seed)
    predicted = logits > 0
    found = score(predicted, truth)
    used = np.flatnonzero((predicted | truth).any(0))
    assert found.accuracy == accuracy_score(truth, predicted)
    assert found.micro_f1 == pytest.approx(f1_score(truth, predicted, average="micro", zero_division=0.0))
    assert found.macro_f1 == pytest.approx(
        f1_score(truth, predicted, average="macro", labels=used, zero_division=0.0)
    )


def test_scores_of_empty_label_sets() -> None:
    nothing = np.zeros((4, 3), bool)
    found = score(nothing, nothing)
    assert (found.accuracy, found.macro_f1, found.micro_f1) == (1.0, 0.0, 0.0)
    assert label_names(nothing, ["a", "b", "c"]) == [[]] * 4


def test_cross_fitted_thresholds_are_not_optimistic() -> None:
    """For random labels, thresholds scored on their own texts look good. Cross-fitted ones do not."""
    random = np.random.default_rng(3)
    logits = random.normal(size=(400, 20)).astype(np.float32)
    truth = random.random((400, 20)) < 0.02
    inference = fit_inference(InferenceSettings.of(20, is_multi_label=True), logits, truth, 5)
    flattered = score(inference.decide(inference.probabilities(logits)), truth).macro_f1
    honest = score(decide_cross_fitted(inference, logits, truth), truth).macro_f1
    assert flattered > 0.08
    assert honest < 0.05


def test_the_fitted_temperature_reduces_the_loss() -> None:
    logits, truth = drawn(5, 4000)
    inference = fit_inference(InferenceSettings.of(3, is_multi_label=True), logits * 3, truth, 5)
    assert inference.temperature == pytest.approx(3, rel=0.1)
    assert mean_loss(logits * 3 / inference.temperature, truth) < mean_loss(logits * 3, truth)


def test_the_bootstrap_matches_resampling_of_texts() -> None:
    logits, truth = drawn(2, 300)
    predicted = logits > 0
    random = np.random.default_rng(1)
    samples = [random.integers(300, size=300) for _ in range(1000)]
    scores = [score(predicted[rows], truth[rows]).macro_f1 for rows in samples]
    np.testing.assert_allclose(
        macro_f1_interval(predicted, truth), np.percentile(scores, [2.5, 97.5]), atol=0.015
    )
