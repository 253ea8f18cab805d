"""Thresholds of label sets for each metric that can select."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.calibration import fit_inference
from core.evaluation.metrics import value_of
from core.evaluation.thresholds import LOWEST, fit_thresholds
from core.models.inference_settings import InferenceSettings, ThresholdMetric, threshold_metric


def drawn(seed: int, texts: int, labels: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Probabilities, many of them equal, and label sets drawn from them."""
    random = np.random.default_rng(seed)
    found = random.beta(1, 3, (texts, labels)).round(2)
    return found, random.random((texts, labels)) < found


def best_of_all(metric: str, probabilities: npt.NDArray[Any], truth: npt.NDArray[np.bool_]) -> float:
    """The best value over all combinations of thresholds."""
    choices = [[*np.unique(column[column >= LOWEST]), 2.0] for column in probabilities.T]
    return max(value_of(metric, probabilities >= np.array(each), truth) for each in product(*choices))


@settings(max_examples=25)
@given(seed=st.integers(0, 1000))
def test_no_thresholds_have_a_better_micro_f1(seed: int) -> None:
    probabilities, truth = drawn(seed, 9, 3)
    truth[np.arange(3), np.arange(3)] = True  # a label that no text has keeps its threshold
    found = value_of("micro_f1", probabilities >= fit_thresholds(probabilities, truth, "micro_f1"), truth)
    assert found == pytest.approx(best_of_all("micro_f1", probabilities, truth))


@pytest.mark.parametrize("metric", ["macro_f1", "micro_f1", "accuracy"])
def test_thresholds_for_a_metric_beat_those_for_others(metric: ThresholdMetric) -> None:
    probabilities, truth = drawn(3, 2000, 6)
    values = {
        each: value_of(metric, probabilities >= fit_thresholds(probabilities, truth, each), truth)
        for each in ("macro_f1", "micro_f1", "accuracy")
    }
    assert values[metric] == max(values.values())
    assert values[metric] >= value_of(metric, probabilities >= 0.5, truth)


@settings(max_examples=25)
@given(seed=st.integers(0, 1000))
def test_thresholds_for_exact_match_cannot_be_improved_one_by_one(seed: int) -> None:
    probabilities, truth = drawn(seed, 12, 3)
    thresholds = np.array(fit_thresholds(probabilities, truth, "accuracy"))
    found = value_of("accuracy", probabilities >= thresholds, truth)
    for label in np.flatnonzero(truth.any(0)):
        for candidate in [*np.unique(probabilities[probabilities[:, label] >= LOWEST, label]), 2.0]:
            other = thresholds.copy()
            other[label] = candidate
            assert value_of("accuracy", probabilities >= other, truth) <= found + 1e-12


def test_settings_are_fitted_for_their_metric() -> None:
    probabilities, truth = drawn(5, 500, 4)
    logits = np.log(np.clip(probabilities, 0.01, 0.99) / (1 - np.clip(probabilities, 0.01, 0.99)))
    fitted = {
        metric: fit_inference(
            InferenceSettings.of(4, is_multi_label=True, thresholds_for=metric),
            logits.astype(np.float32),
            truth,
            step=3,
        ).thresholds
        for metric in ("macro_f1", "accuracy")
    }
    assert fitted["accuracy"] != fitted["macro_f1"]
    assert [threshold_metric(name) for name in ("loss", "accuracy")] == ["macro_f1", "accuracy"]
