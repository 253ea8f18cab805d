"""The temperature that is fitted on validation, and what it does to probabilities."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from small_runs import Small, trained

from core.evaluation.calibration import fit_temperature
from core.evaluation.outcomes import Outcomes
from core.models.handling import FILE, Handling


def drawn(seed: int, texts: int = 4000) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Logits, and labels that were drawn by the probabilities that they stand for."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (texts, 3)).astype(np.float32)
    chances = softmax(logits.astype(np.float64), axis=-1).cumsum(-1)
    return logits, np.minimum((random.random((texts, 1)) > chances).sum(-1), 2)


@given(factor=st.floats(0.2, 5), seed=st.integers(0, 5))
def test_logits_that_are_too_large_or_too_small_are_set_right(factor: float, seed: int) -> None:
    logits, labels = drawn(seed)
    assert fit_temperature(logits * np.float32(factor), labels) == pytest.approx(factor, rel=0.15)


def test_without_a_mistake_or_a_number_there_is_nothing_to_fit() -> None:
    logits, _ = drawn(0)
    assert fit_temperature(logits, logits.argmax(-1)) == 1.0
    assert fit_temperature(np.full((4, 2), np.nan, np.float32), np.zeros(4, np.int64)) == 1.0


def test_it_is_kept_with_the_weights_and_used(small: Small, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Checkpoints and the finished model have it; what is said of the test split was computed with it."""
    run = trained(small.config(tmp_path_factory.mktemp("runs"), {"data": {"test": str(small.test)}}))
    (handling,) = {Handling.read(path.parent) for path in run.model.glob(FILE)}
    assert handling.temperature != 1.0
    assert {path.parent.name for path in run.checkpoints.rglob(FILE)} == {
        path.name for path in run.checkpoints.iterdir()
    }
    from core.prediction.predictor import Predictor

    predictor = Predictor.load(run, "best", device="cpu")
    texts = [line.rpartition(",")[0].strip('"') for line in small.test.read_text().splitlines()[1:]]
    expected = Outcomes.read(run.outcomes).probabilities
    np.testing.assert_allclose(predictor.predict(texts).probabilities, expected, atol=1e-4)
