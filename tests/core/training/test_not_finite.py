"""NaN losses: noticed in their step, kept out of checkpoints, and handled as configured."""

import gc
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import (
    Small,
    events_of,
    learning_rates,
    losses,
    new_run,
    of_kind,
    train_here,
    trained,
    weights,
)
from transformers import PreTrainedModel

from core.runs import checkpoints
from core.runs.commands import post
from core.runs.directory import RunDirectory
from core.runs.events import Evaluation, NotFinite, RolledBack, RunStarted, Step
from core.runs.history import read_history
from core.runs.listing import summarize
from core.training import run as training_run
from core.training.learner import Learner
from core.training.losses import TrainingLoss

Spoil = Callable[..., list[int]]


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Spoil:
    """`spoil(n, …)` makes the loss of the n-th trained micro-batches of this process NaN."""
    call = TrainingLoss.__call__

    def spoiled(*numbers: int) -> list[int]:
        done: list[int] = []

        def compute(self: TrainingLoss, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
                done.append(len(done) + 1)
                if len(done) in numbers:
                    return call(self, logits, targets) * float("nan")
            return call(self, logits, targets)

        monkeypatch.setattr(TrainingLoss, "__call__", compute)
        return done

    return spoiled


@pytest.fixture(autouse=True)
def without_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the rehearsal, so that only trained micro-batches are counted."""
    monkeypatch.setattr("core.training.model_setup.find_token_budget", lambda *args: 4096)


def test_nan_rolls_back_to_the_last_checkpoint_with_half_the_learning_rate(
    small: Small, tmp_path: Path, spoil: Spoil
) -> None:
    spoil(13)
    run = trained(small.config(tmp_path, warmup=0.0), "rolled")
    events = events_of(run)
    (fault,) = of_kind(events, NotFinite)
    (back,) = of_kind(events, RolledBack)
    assert (fault.step, fault.what) == (13, "loss")
    assert (back.step, back.to_step, back.learning_rate_factor) == (13, 10, 0.5)
    assert of_kind(events, RunStarted)[1].resumed_from == 10
    bad = next(event for event in of_kind(events, Step) if event.loss is None)
    assert bad.step == 13
    assert events.index(fault) == events.index(bad) + 1
    history = read_history(run)
    assert [item.step for item in history.evaluations] == [5, 10, 15, 20]
    assert list(history.steps.step) == list(range(1, 21))
    assert learning_rates(run)[10] == pytest.approx(1e-3 * 0.5 * 10 / 20)
    assert learning_rates(run)[9] == pytest.approx(1e-3 * 11 / 20)
    assert history.ended is not None
    assert history.ended.reason == "finished"
    assert all(loss == loss for loss in losses(run))


def test_a_killed_and_resumed_run_keeps_its_rollback(
    small: Small, tmp_path: Path, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(8)
    whole = trained(small.config(tmp_path), "whole")
    monkeypatch.undo()
    monkeypatch.setattr("core.training.model_setup.find_token_budget", lambda *args: 4096)
    half = RunDirectory.open(killed_after(whole, tmp_path / "half", 14))
    assert train_here(half, resume=True) == 0
    assert losses(half) == losses(whole)
    assert weights(half.model) == weights(whole.model)
    assert len(read_history(half).rollbacks) == 1


def killed_after(run: RunDirectory, folder: Path, step: int) -> Path:
    """Copy a run as if it was killed after `step`: without later events and checkpoints."""
    shutil.copytree(run.path, folder)
    lines = run.events.read_bytes().splitlines(keepends=True)
    events = events_of(run)
    last = max(i for i, event in enumerate(events) if isinstance(event, Step) and event.step == step)
    (folder / "events.jsonl").write_bytes(b"".join(lines[: last + 1]))
    for checkpoint in checkpoints.complete(RunDirectory.open(folder)):
        if checkpoint.step > step:
            shutil.rmtree(checkpoint.path)
    return folder


def test_the_third_nan_fails_the_run(small: Small, tmp_path: Path, spoil: Spoil) -> None:
    spoil(7, 10, 13)
    run = new_run(small.config(tmp_path))
    assert train_here(run) == 1
    history = read_history(run)
    assert [item.learning_rate_factor for item in history.rollbacks] == [0.5, 0.25]
    assert history.ended is not None
    assert history.ended.reason == "failed"
    assert "The loss is not finite at step" in history.ended.error
    assert "halved 2 times before" in history.ended.error
    assert [item.step for item in checkpoints.complete(run)] == [5]
    assert summarize(run).state == "failed"


def test_nan_fails_the_run_where_configured(small: Small, tmp_path: Path, spoil: Spoil) -> None:
    spoil(3)
    run = new_run(small.config(tmp_path, on_nan="stop"))
    assert train_here(run) == 1
    history = read_history(run)
    assert history.ended is not None
    assert "The loss is not finite at step 3" in history.ended.error
    assert "--learning-rate" in history.ended.error
    assert history.rollbacks == []
    assert list(checkpoints.complete(run)) == []


def test_nan_before_the_first_checkpoint_restarts_training(
    small: Small, tmp_path: Path, spoil: Spoil
) -> None:
    spoil(5)
    run = trained(small.config(tmp_path))
    (back,) = read_history(run).rollbacks
    assert (back.step, back.to_step) == (5, 0)
    # An evaluation and a checkpoint were due at step 5; neither was made of the bad weights.
    evaluated = [event.seq for event in of_kind(events_of(run), Evaluation)]
    assert min(evaluated) > back.seq


def test_overflowing_weights_are_noticed(small: Small, tmp_path: Path) -> None:
    """A real overflow: a learning rate of 1 and an extreme weight decay."""
    layer = {"stopping": {"metric": "loss"}, "training": {"weight_decay": 1e38, "warmup": 0.0}}
    run = new_run(small.config(tmp_path, layer, learning_rate=1.0, max_steps=5, eval_steps=5))
    assert train_here(run) == 1
    history = read_history(run)
    assert len(history.rollbacks) == 2
    assert history.evaluations == []
    assert list(checkpoints.complete(run)) == []


def test_a_rollback_frees_the_old_model_before_it_loads_the_next(
    small: Small, tmp_path: Path, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device may not have the memory for two models with their optimizer states."""
    learners: list[int] = []
    load = training_run.load_model

    def counted(*args: Any, **options: Any) -> PreTrainedModel:
        learners.append(sum(type(each) is Learner for each in gc.get_objects()))
        return load(*args, **options)

    monkeypatch.setattr(training_run, "load_model", counted)
    gc.collect()
    spoil(13)
    trained(small.config(tmp_path))
    assert learners == [0, 0]


def test_a_pending_stop_after_evaluation_survives_a_rollback(
    small: Small, tmp_path: Path, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(small.config(tmp_path))
    done, compute = spoil(13), Learner.compute_gradients

    def post_then_compute(self: Learner, *args: Any) -> torch.Tensor:
        if len(done) == 10:
            post(run.commands, "stop_after_evaluation")
        return compute(self, *args)

    monkeypatch.setattr(Learner, "compute_gradients", post_then_compute)
    assert train_here(run) == 0
    history = read_history(run)
    assert history.ended is not None
    assert (history.ended.reason, history.ended.step) == ("stopped", 15)


def test_a_pause_survives_a_rollback(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The evaluation before the pause gives NaN: training rolls back and stays paused."""
    run, answers = new_run(small.config(tmp_path)), list[bool]()
    compute, classify, steps = Learner.compute_gradients, Learner.classify, list[int]()

    def post_then_compute(self: Learner, *args: Any) -> torch.Tensor:
        steps.append(len(steps) + 1)
        if steps[-1] == 10:
            post(run.commands, "pause")
        return compute(self, *args)

    def spoil_evaluation(self: Learner, split: Any) -> Any:
        logits, seconds = classify(self, split)
        if steps[-1] == 10 and not answers:
            answers.append(True)
            return logits * float("nan"), seconds
        return logits, seconds

    def wait_paused(seconds: float) -> None:
        assert read_history(run).paused
        answers.append(True)
        post(run.commands, "resume")

    monkeypatch.setattr(Learner, "compute_gradients", post_then_compute)
    monkeypatch.setattr(Learner, "classify", spoil_evaluation)
    monkeypatch.setattr("core.training.steering.time.sleep", wait_paused)
    assert train_here(run) == 0
    history = read_history(run)
    assert len(history.rollbacks) == 1
    assert len(answers) == 2
    assert not history.paused
    (resumed,) = [item for item in history.acknowledged.values() if item.name == "resume"]
    assert resumed.step == 6
