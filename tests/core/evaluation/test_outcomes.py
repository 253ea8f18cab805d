"""The predictions on the test split that a run saves."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from small_runs import Small, trained

from core.data.splits import load_splits
from core.evaluation.metrics import score
from core.evaluation.outcomes import Outcomes
from core.models.inference_settings import InferenceSettings
from core.prediction.predictor import Predictor
from core.problems import Problem
from core.runs.directory import RunDirectory
from core.runs.history import read_history


def test_a_run_saves_its_prediction_for_every_test_text(finished_run: RunDirectory, small: Small) -> None:
    history = read_history(finished_run)
    assert history.plan is not None
    assert history.test is not None
    outcomes = Outcomes.read(finished_run.outcomes)
    split = load_splits(small.config(Path(), {"data": {"test": str(small.test)}}).data, seed=42).test
    assert split is not None
    assert (outcomes.labels, outcomes.step) == (history.plan.labels, history.test.step)
    assert outcomes.label_ids.tolist() == split.label_ids.tolist()
    assert outcomes.fingerprint == split.fingerprint == history.plan.splits[-1].fingerprint
    assert score(outcomes.predicted, outcomes.label_ids).accuracy == history.test.accuracy
    assert outcomes.is_right.mean() == history.test.accuracy
    # From text to label: the time of the test event plus tokenizing.
    assert outcomes.seconds > history.test.seconds
    texts = [text for chunk in split.texts.chunks() for text in chunk]
    predictor = Predictor.load(finished_run, "best", device="cpu")
    np.testing.assert_allclose(predictor.predict(texts).probabilities, outcomes.probabilities, atol=1e-5)
    assert not outcomes.seen.any()


@given(seed=st.integers(0, 99), temperature=st.floats(0.2, 8))
def test_raw_probabilities_are_without_the_temperature(seed: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(0, 3, (20, 4)).astype(np.float32)
    outcomes = Outcomes(
        labels=list("abcd"),
        label_ids=np.zeros(20, np.int32),
        probabilities=InferenceSettings(temperature=temperature).probabilities(logits),
        seen=np.zeros(20, bool),
        fingerprint="",
        step=1,
        seconds=0.0,
        temperature=temperature,
    )
    expected = softmax(logits.astype(np.float64), -1)
    np.testing.assert_allclose(outcomes.raw_probabilities, expected, atol=1e-4)


def test_test_texts_of_the_training_split_are_marked(small: Small, tmp_path: Path) -> None:
    known = small.train.read_text().splitlines(keepends=True)[1]
    test = tmp_path / "test.csv"
    test.write_text(small.test.read_text() + known)
    run = trained(small.config(tmp_path, {"data": {"test": str(test)}}, max_steps=2, eval_steps=1))
    seen = Outcomes.read(run.outcomes).seen
    assert np.flatnonzero(seen).tolist() == [len(seen) - 1]


@pytest.mark.parametrize("content", [b"", b"no such thing", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_damaged_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "test.safetensors"
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"test\.safetensors: these predictions cannot be read"):
        Outcomes.read(path)


def test_a_run_without_a_test_split_has_no_outcomes(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Outcomes.read(tmp_path / "test.safetensors")
