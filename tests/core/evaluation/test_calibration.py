"""The temperature fitted on validation, and the calibrated probabilities."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from small_runs import Small, trained

from core.evaluation.calibration import fit_temperature, reliability
from core.evaluation.outcomes import Outcomes
from core.models.inference_settings import FILE, InferenceSettings


def drawn(seed: int, texts: int = 4000) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Logits, and labels drawn from their probabilities."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (texts, 3)).astype(np.float32)
    chances = softmax(logits.astype(np.float64), axis=-1).cumsum(-1)
    return logits, np.minimum((random.random((texts, 1)) > chances).sum(-1), 2)


@given(factor=st.floats(0.2, 5), seed=st.integers(0, 5))
def test_logits_that_are_too_large_or_too_small_are_rescaled(factor: float, seed: int) -> None:
    logits, labels = drawn(seed)
    assert fit_temperature(logits * np.float32(factor), labels) == pytest.approx(factor, rel=0.15)


def test_nothing_is_fitted_without_errors_or_finite_logits() -> None:
    logits, _ = drawn(0)
    assert fit_temperature(logits, logits.argmax(-1)) == 1.0
    assert fit_temperature(np.full((4, 2), np.nan, np.float32), np.zeros(4, np.int64)) == 1.0


@given(
    data=st.data(),
    bins=st.integers(1, 20),
    texts=st.integers(1, 60),
    labels=st.integers(2, 4),
)
def test_reliability_matches_its_definition(data: st.DataObject, bins: int, texts: int, labels: int) -> None:
    """Per bin (low, high]: mean confidence and share of correct predictions."""
    weights = st.lists(st.integers(0, 15), min_size=labels, max_size=labels).filter(any)
    rows = np.array(data.draw(st.lists(weights, min_size=texts, max_size=texts)), np.float64)
    probabilities = rows / rows.sum(-1, keepdims=True)
    label_ids = np.array(data.draw(st.lists(st.integers(0, labels - 1), min_size=texts, max_size=texts)))
    found = reliability(probabilities, label_ids, bins)
    expected, error = [], 0.0
    edges = np.linspace(0, 1, bins + 1)
    for low, high in pairwise(edges):
        inside = [
            (max(row), row.argmax() == label)
            for row, label in zip(probabilities, label_ids, strict=True)
            if low < max(row) <= high
        ]
        if inside:
            confidence, accuracy = np.mean(inside, axis=0)
            expected.append((low, high, len(inside), confidence, accuracy))
            error += len(inside) / texts * abs(accuracy - confidence)
    assert found.ece == pytest.approx(error, abs=1e-12)
    assert [(each.low, each.high, each.count) for each in found.bins] == [each[:3] for each in expected]
    for each, (*_, confidence, accuracy) in zip(found.bins, expected, strict=True):
        assert (each.confidence, each.accuracy) == pytest.approx((confidence, accuracy))


def test_probabilities_that_labels_were_drawn_from_are_calibrated() -> None:
    logits, labels = drawn(0, 40_000)
    assert reliability(softmax(logits, -1), labels).ece < 0.01
    assert reliability(softmax(logits * 4, -1), labels).ece > 0.1
    nothing = reliability(np.zeros((0, 2)), np.zeros(0, np.int64))
    assert (nothing.bins, nothing.ece) == ([], 0.0)


def test_the_temperature_is_saved_with_the_weights_and_used(
    small: Small, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Checkpoints and the finished model have it. Predictions on the test split use it."""
    run = trained(small.config(tmp_path_factory.mktemp("runs"), {"data": {"test": str(small.test)}}))
    (inference,) = {InferenceSettings.read(path.parent) for path in run.model.glob(FILE)}
    assert inference.temperature != 1.0
    assert {path.parent.name for path in run.checkpoints.rglob(FILE)} == {
        path.name for path in run.checkpoints.iterdir()
    }
    from core.prediction.predictor import Predictor

    predictor = Predictor.load(run, "best", device="cpu")
    texts = [line.rpartition(",")[0].strip('"') for line in small.test.read_text().splitlines()[1:]]
    expected = Outcomes.read(run.outcomes).probabilities
    np.testing.assert_allclose(predictor.predict(texts).probabilities, expected, atol=1e-4)
