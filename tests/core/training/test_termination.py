"""SIGTERM in every phase of a run: the run ends soon with exit code 0 and resumes to the same result."""

import itertools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import Small, events_of, losses, new_run, of_kind, train_here, trained, weights
from trainers import ENDLESS, Trainer
from waiting import wait_until

from core.config import Values
from core.runs import checkpoints
from core.runs.commands import CommandName, post
from core.runs.directory import RunDirectory
from core.runs.events import Evaluation, Launched, RunEnded, Stage, Warned
from core.runs.history import read_history
from core.runs.listing import summarize
from core.runs.state import RESUMABLE
from core.training import finishing, learner, planning
from core.training.losses import TrainingLoss


@pytest.fixture(scope="module")
def uninterrupted(small: Small, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run whose batches have at least two micro-batches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.training.model_setup.find_token_budget", lambda *args: 200)
        return trained(config(small, tmp_path_factory.mktemp("runs")), "uninterrupted")


def config(small: Small, folder: Path) -> Any:
    return small.config(folder, {"data": {"test": str(small.test)}})


def terminate_at(
    patch: pytest.MonkeyPatch, place: Any, name: str, when: Callable[[int], bool] = lambda n: n == 1
) -> None:
    """Send SIGTERM to this process at the calls of `place.name` whose number `when` accepts."""
    original, calls = getattr(place, name), []

    def hit(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if when(len(calls)):
            os.kill(os.getpid(), signal.SIGTERM)
        return original(*args, **options)

    patch.setattr(place, name, hit)


PHASES = {
    "tokenizing": (planning, "tokenize", 1),
    # Two micro-batches a step: the middle of the eighth step.
    "between two passes": (TrainingLoss, "__call__", 16),
    "in the first step": (TrainingLoss, "__call__", 1),
    "evaluating": (learner, "compute_logits", 2),
    "evaluating the last time": (learner, "compute_logits", 4),
    "testing": (learner, "compute_logits", 5),
    "sealing": (finishing, "save_model", 1),
    "writing the card": (finishing, "write_card", 1),
}


@pytest.mark.parametrize("phase", PHASES)
def test_a_terminated_run_resumes_to_the_same_result(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uninterrupted: RunDirectory, phase: str
) -> None:
    place, name, number = PHASES[phase]
    run = new_run(config(small, tmp_path))
    monkeypatch.setattr("core.training.model_setup.find_token_budget", lambda *args: 200)
    with monkeypatch.context() as patch:
        terminate_at(patch, place, name, lambda n: n == number)
        assert train_here(run) == 0
    history = read_history(run)
    assert history.ended is not None
    if phase == "writing the card":  # the model is complete: nothing is left to resume
        assert history.ended.reason == "finished"
    else:
        assert history.ended.reason == "stopped"
        assert sum("SIGTERM" in event.message for event in of_kind(events_of(run), Warned)) == 1
        assert summarize(run).state in RESUMABLE
        assert train_here(run, resume=True) == 0
    again, whole = read_history(run), read_history(uninterrupted)
    assert again.ended is not None
    assert again.ended.reason == "finished"
    assert losses(run) == losses(uninterrupted)
    assert [(item.step, item.loss) for item in again.evaluations] == [
        (item.step, item.loss) for item in whole.evaluations
    ]
    assert weights(run.model) == weights(uninterrupted.model)
    assert again.test is not None
    assert whole.test is not None
    assert again.test.loss == whole.test.loss
    assert len([event for event in of_kind(events_of(run), Evaluation) if event.split == "test"]) == 1


def test_an_interrupted_evaluation_is_repeated_on_resume(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The training up to that step is kept in a checkpoint."""
    run = new_run(config(small, tmp_path))
    with monkeypatch.context() as patch:
        terminate_at(patch, learner, "compute_logits", lambda n: n == 2)
        assert train_here(run) == 0
    assert [item.step for item in read_history(run).evaluations] == [5]
    assert checkpoints.require(run, "last").step == 10
    assert train_here(run, resume=True) == 0
    assert [item.step for item in read_history(run).evaluations] == [5, 10, 15, 20]


Commands = dict[int, list[tuple[CommandName, float | None]]]


def post_during(patch: pytest.MonkeyPatch, place: Any, name: str, run: RunDirectory, posts: Commands) -> None:
    """Post the commands `posts[n]` while `name` is called for the n-th time."""
    original, calls = getattr(place, name), itertools.count(1)

    def hit(*args: Any, **options: Any) -> Any:
        for command, value in posts.get(next(calls), []):
            post(run.commands, command, value=value)
        return original(*args, **options)

    patch.setattr(place, name, hit)


# Commands during steps, commands during evaluations, and the evaluation that is interrupted.
STEERED: dict[str, tuple[Commands, Commands, int]] = {
    "regular, and not due by the new interval": ({10: [("eval_steps", 7)]}, {}, 2),
    "requested, and due by the new interval": ({7: [("evaluate", None), ("eval_steps", 7)]}, {}, 2),
    "requested after the regular one of the same step": (
        {10: [("pause", None)]},
        {2: [("evaluate", None), ("resume", None)]},
        3,
    ),
}


@pytest.mark.parametrize("case", STEERED)
def test_an_interrupted_evaluation_uses_as_much_patience_as_an_uninterrupted_one(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    steps, evaluations, interrupted = STEERED[case]
    layer: Values = {"stopping": {"patience": 50, "start_from": 0}}
    found = []
    for is_interrupted in (False, True):
        run = new_run(small.config(tmp_path / str(is_interrupted), layer, learning_rate=1e-12))
        with monkeypatch.context() as patch:
            post_during(patch, learner.Learner, "compute_gradients", run, steps)
            post_during(patch, learner, "compute_logits", run, evaluations)
            if is_interrupted:
                terminate_at(patch, learner, "compute_logits", lambda n: n == interrupted)
            assert train_here(run) == 0
        if is_interrupted:
            assert len(read_history(run).evaluations) == interrupted - 1
            assert train_here(run, resume=True) == 0
        history = read_history(run)
        assert history.stopping is not None
        found.append(
            (
                [(item.step, item.requested, item.loss) for item in history.evaluations],
                history.stopping.used,
                weights(run.model),
            )
        )
    assert found[0] == found[1]
    assert any(requested for _, requested, _ in found[0][0]) == ("evaluate" in str(STEERED[case]))


def test_a_run_terminated_before_its_first_steps_can_be_resumed(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    """The signal arrives as the process starts, while it loads libraries, and while it is paused."""
    process = Trainer.start(small.config(tmp_path, max_steps=ENDLESS, eval_steps=ENDLESS))
    processes.append(process)
    run = process.run
    process.process.send_signal(signal.SIGTERM)
    assert process.end() == 0, run.log.read_text()

    second = Trainer.resume(run)
    processes.append(second)
    wait_until(lambda: events_of(run)[-1].__class__ is Stage)
    second.process.send_signal(signal.SIGTERM)
    assert second.end() == 0, run.log.read_text()
    assert summarize(run).state == "stopped"
    assert run.log.read_text() == ""

    later = Trainer.resume(run)
    processes.append(later)
    wait_until(lambda: len(of_kind(events_of(run), Launched)) == 3)
    assert later.send("pause").step == 1
    later.process.send_signal(signal.SIGTERM)
    assert later.end() == 0, run.log.read_text()
    assert checkpoints.require(run, "last").step == 1
    assert sum("SIGTERM" in event.message for event in of_kind(events_of(run), Warned)) == 3
    assert not read_history(run).acknowledged.get(post(run.commands, "resume").id)


def test_a_signal_after_the_end_leaves_the_run_finished(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    """The signal arrives after the last event, while the process shuts down."""
    process = Trainer.start(small.config(tmp_path, max_steps=5))
    processes.append(process)
    wait_until(lambda: of_kind(events_of(process.run), RunEnded))
    process.process.send_signal(signal.SIGTERM)
    assert process.end() == 0
    assert summarize(process.run).state == "finished"
