"""The trainer classifies the pinned texts at each evaluation, without any effect on training."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import Small, events_of, losses, new_run, of_kind, train_here, weights

from core.prediction.predictor import Predictor
from core.runs import probes
from core.runs.directory import RunDirectory
from core.runs.events import Evaluation, Probed
from core.runs.history import read_history
from core.training.recorder import StepRecorder

TEXTS = ["A fine film.", "so " * 100, ""]


def test_pinned_texts_are_classified_at_each_evaluation_without_changing_weights(
    small: Small, tmp_path: Path, finished_run: RunDirectory
) -> None:
    run = new_run(small.config(tmp_path))
    probes.pin(run.path, TEXTS)
    assert train_here(run) == 0
    probed = of_kind(events_of(run), Probed)
    assert [event.step for event in probed] == [5, 10, 15, 20]
    assert all(set(event.probabilities) == set(map(probes.key_of, TEXTS)) for event in probed)
    assert losses(run) == losses(finished_run)
    assert weights(run.model) == weights(finished_run.model)
    assert [event.step for event in of_kind(events_of(finished_run), Probed)] == []


@pytest.mark.parametrize("name", ["tiny", "cnn"])
def test_the_trainer_and_the_predictor_agree_on_pinned_texts(small: Small, tmp_path: Path, name: str) -> None:
    from_scratch = {"model": {"name": "cnn", "vocabulary": 600}} if name == "cnn" else {}
    run = new_run(small.config(tmp_path, from_scratch, max_steps=10))
    probes.pin(run.path, TEXTS)
    assert train_here(run) == 0
    history = read_history(run)
    predictor = Predictor.load(run, "last", device="cpu")
    assert predictor.source.step == 10
    expected = predictor.predict(TEXTS).probabilities
    found = np.array([probes.points_of(text, history, [])[-1].probabilities for text in TEXTS])
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_resumed_run_follows_changed_pins_with_the_same_weights(
    small: Small, tmp_path: Path, finished_run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = StepRecorder.record

    def stop_after_seven(self: StepRecorder, step: int, *figures: Any) -> None:
        record(self, step, *figures)
        if step == 7:
            os.kill(os.getpid(), signal.SIGTERM)

    run = new_run(small.config(tmp_path))
    probes.pin(run.path, TEXTS[:1])
    with monkeypatch.context() as patch:
        patch.setattr(StepRecorder, "record", stop_after_seven)
        assert train_here(run) == 0
    probes.unpin(run.path, TEXTS[:1])
    probes.pin(run.path, TEXTS[1:])
    assert train_here(run, resume=True) == 0
    assert losses(run) == losses(finished_run)
    assert weights(run.model) == weights(finished_run.model)
    history = read_history(run)
    assert [point.step for point in probes.points_of(TEXTS[0], history, [])] == [5]
    assert [point.step for point in probes.points_of(TEXTS[1], history, [])] == [10, 15, 20]
    assert len(of_kind(events_of(run), Evaluation)) == 4
