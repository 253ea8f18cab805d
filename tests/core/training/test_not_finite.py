"""A loss that is no number: noticed in its step, kept out of checkpoints, answered as was asked for."""

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
    """`spoil(n, …)` makes the loss of the n-th passes that are trained in this process no number."""
    call = TrainingLoss.__call__

    def spoiled(*passes: int) -> list[int]:
        done: list[int] = []

        def compute(self: TrainingLoss, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
                done.append(len(done) + 1)
                if len(done) in passes:
                    return call(self, logits, targets) * float("nan")
            return call(self, logits, targets)

        monkeypatch.setattr(TrainingLoss, "__call__", compute)
        return done

    return spoiled


@pytest.fixture(autouse=True)
def without_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pass is one of training."""
    monkeypatch.setattr("core.training.model_setup.find_token_budget", lambda *args: 4096)


def test_it_goes_back_to_the_last_checkpoint_with_half_the_learning_rate(
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


def test_the_rollback_is_kept_by_a_run_that_is_killed_and_resumed(
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
    """A copy of a run as it was when it was killed after `step`: without later events and checkpoints."""
    shutil.copytree(run.path, folder)
    lines = run.events.read_bytes().splitlines(keepends=True)
    events = events_of(run)
    last = max(i for i, event in enumerate(events) if isinstance(event, Step) and event.step == step)
    (folder / "events.jsonl").write_bytes(b"".join(lines[: last + 1]))
    for checkpoint in checkpoints.complete(RunDirectory.open(folder)):
        if checkpoint.step > step:
            shutil.rmtree(checkpoint.path)
    return folder


def test_three_times_is_too_often(small: Small, tmp_path: Path, spoil: Spoil) -> None:
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


def test_it_stops_where_that_was_asked_for(small: Small, tmp_path: Path, spoil: Spoil) -> None:
    spoil(3)
    run = new_run(small.config(tmp_path, on_nan="stop"))
    assert train_here(run) == 1
    history = read_history(run)
    assert history.ended is not None
    assert "The loss is not finite at step 3" in history.ended.error
    assert "--learning-rate" in history.ended.error
    assert history.rollbacks == []
    assert list(checkpoints.complete(run)) == []


def test_from_the_beginning_where_there_is_no_checkpoint(small: Small, tmp_path: Path, spoil: Spoil) -> None:
    spoil(5)
    run = trained(small.config(tmp_path))
    (back,) = read_history(run).rollbacks
    assert (back.step, back.to_step) == (5, 0)
    # Of step 5 an evaluation and a checkpoint were due: there are none of the bad weights.
    evaluated = [event.seq for event in of_kind(events_of(run), Evaluation)]
    assert min(evaluated) > back.seq


def test_weights_beyond_all_reason(small: Small, tmp_path: Path) -> None:
    """Without anything made up: a learning rate of 1 and a weight decay that blows the weights up."""
    layer = {"stopping": {"metric": "loss"}, "training": {"weight_decay": 1e38, "warmup": 0.0}}
    run = new_run(small.config(tmp_path, layer, learning_rate=1.0, max_steps=5, eval_steps=5))
    assert train_here(run) == 1
    history = read_history(run)
    assert len(history.rollbacks) == 2
    assert history.evaluations == []
    assert list(checkpoints.complete(run)) == []


def test_the_trainer_before_has_gone_when_the_next_model_is_loaded(
    small: Small, tmp_path: Path, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device may not hold weights and the state of an optimizer twice."""
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


def test_a_stop_after_the_next_evaluation_that_was_promised_is_kept(
    small: Small, tmp_path: Path, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(small.config(tmp_path))
    done, compute = spoil(13), Learner.compute_gradients

    def asked(self: Learner, *args: Any) -> torch.Tensor:
        if len(done) == 10:
            post(run.commands, "stop_after_evaluation")
        return compute(self, *args)

    monkeypatch.setattr(Learner, "compute_gradients", asked)
    assert train_here(run) == 0
    history = read_history(run)
    assert history.ended is not None
    assert (history.ended.reason, history.ended.step) == ("stopped", 15)


def test_a_pause_outlives_a_rollback(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The evaluation that came with the pause found no number: training goes back, and waits there."""
    run, answers = new_run(small.config(tmp_path)), list[bool]()
    compute, classify, steps = Learner.compute_gradients, Learner.classify, list[int]()

    def asked(self: Learner, *args: Any) -> torch.Tensor:
        steps.append(len(steps) + 1)
        if steps[-1] == 10:
            post(run.commands, "pause")
        return compute(self, *args)

    def spoilt(self: Learner, split: Any) -> Any:
        logits, seconds = classify(self, split)
        if steps[-1] == 10 and not answers:
            answers.append(True)
            return logits * float("nan"), seconds
        return logits, seconds

    def waited(seconds: float) -> None:
        assert read_history(run).paused
        answers.append(True)
        post(run.commands, "resume")

    monkeypatch.setattr(Learner, "compute_gradients", asked)
    monkeypatch.setattr(Learner, "classify", spoilt)
    monkeypatch.setattr("core.training.steering.time.sleep", waited)
    assert train_here(run) == 0
    history = read_history(run)
    assert len(history.rollbacks) == 1
    assert len(answers) == 2
    assert not history.paused
    (resumed,) = [item for item in history.acknowledged.values() if item.name == "resume"]
    assert resumed.step == 6
