"""Changing settings of a running trainer: accepted, rejected, kept, and repeated after a kill."""

import os
import shutil
from pathlib import Path

import msgspec
import pytest
from small_runs import Small, events_of, learning_rates, of_kind, train_here, weights
from trainers import ENDLESS, Trainer
from waiting import wait_until

from core.runs.changes import SETTINGS, rejection
from core.runs.commands import Command, post
from core.runs.directory import RunDirectory
from core.runs.events import Acknowledged, RunStarted, Stopping
from core.runs.history import read_history


def begin(small: Small, folder: Path, processes: list[Trainer], **training: object) -> Trainer:
    """Start a trainer that runs until it is stopped."""
    endless = {"max_steps": ENDLESS, "eval_steps": ENDLESS, "warmup": 0.0} | training
    trainer = Trainer.start(small.config(folder, {"stopping": {"patience": 50, "start_from": 0}}, **endless))
    processes.append(trainer)
    return trainer


def test_a_resumed_run_repeats_changes_at_their_steps(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    """A run killed before the next checkpoint ends like the run that was not interrupted."""
    trainer = begin(small, tmp_path / "runs", processes)
    run = trainer.run
    trainer.until_step(2)
    saved = trainer.send("pause").step
    trainer.send("checkpoint")
    wait_until(lambda: read_history(run).checkpoints)
    trainer.send("resume")
    trainer.until_step(saved + 2)
    changed = trainer.send("pause").step
    assert trainer.send("learning_rate", value=0.25).accepted
    assert trainer.send("eval_steps", value=7).accepted
    assert trainer.send("max_steps", value=changed + 18).accepted
    assert trainer.send("patience", value=9).accepted
    shutil.copytree(run.path, tmp_path / "killed")
    trainer.send("resume")
    assert trainer.end() == 0, run.log.read_text()

    killed = RunDirectory.open(tmp_path / "killed")
    before = read_history(killed).count
    assert train_here(killed, resume=True) == 0, read_history(killed).ended
    assert of_kind(events_of(killed)[before:], RunStarted)[0].resumed_from == saved
    assert not of_kind(events_of(killed)[before:], Acknowledged)
    one, other = read_history(run), read_history(killed)
    for plan in (one.plan, other.plan):
        assert plan is not None
        assert (plan.max_steps, plan.eval_steps, plan.patience) == (changed + 18, 7, 9)
    assert list(other.steps.loss) == list(one.steps.loss)
    assert weights(killed.model) == weights(run.model)
    rates = learning_rates(run)
    assert learning_rates(killed) == rates
    assert rates[changed - 1] == pytest.approx(1e-3, rel=1e-4)
    assert rates[changed] == pytest.approx(1e-3 * 0.25 * 18 / (18 + changed), rel=1e-5)
    evaluated = {item.step for item in one.evaluations}
    assert evaluated == {step for step in range(changed + 1, changed + 18) if step % 7 == 0} | {changed + 18}


def test_a_run_can_be_extended_beyond_its_plan(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    """The new number of steps lies beyond the planned epochs."""
    trainer = begin(small, tmp_path, processes, max_steps=12, eval_steps=4)
    run = trainer.run
    # The libraries are still loading: the command takes effect after the first step.
    assert trainer.send("pause").step == 1
    assert trainer.send("max_steps", value=30).accepted
    history = read_history(run)
    assert history.plan is not None
    assert (history.plan.max_steps, history.plan.epochs, history.plan.evaluations) == (30, 2.5, 8)
    trainer.send("resume")
    assert trainer.end() == 0, run.log.read_text()
    history = read_history(run)
    assert history.ended is not None
    assert (history.ended.reason, history.ended.step) == ("finished", 30)
    assert learning_rates(run)[-1] > 0
    assert history.last_step is not None
    assert history.last_step.epoch == 2.5


def test_impossible_values_are_rejected(small: Small, tmp_path: Path, processes: list[Trainer]) -> None:
    trainer = begin(small, tmp_path, processes)
    step = trainer.send("pause").step
    impossible = [
        ("patience", 0),
        ("patience", 2.5),
        ("eval_steps", -1),
        ("max_steps", step),
        ("learning_rate", 0),
        ("patience", 1e300),
    ]
    for name, value in impossible:
        answer = trainer.send(name, value=value)  # type: ignore[arg-type]
        assert not answer.accepted
        assert answer.message
    assert not trainer.send("max_steps").accepted
    history = read_history(trainer.run)
    assert history.changes == []
    assert history.plan is not None
    assert history.plan.max_steps == ENDLESS


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e300, None])
def test_infinite_and_absurd_values_are_rejected(name: str, value: float | None) -> None:
    assert rejection(name, value, step=1)


def test_patience_can_be_lowered_below_the_used_patience(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    trainer = begin(small, tmp_path, processes, learning_rate=1e-12)
    run = trainer.run
    step = trainer.send("pause").step
    trainer.send("patience", value=1)
    trainer.send("eval_steps", value=5)
    stopping = of_kind(events_of(run), Stopping)[-1]
    assert stopping.patience == 1
    trainer.send("max_steps", value=step + 1000)
    trainer.send("resume")
    assert trainer.end() == 0, run.log.read_text()
    history = read_history(run)
    assert history.ended is not None
    assert history.stopping is not None
    assert history.ended.reason == "early_stopped"
    assert history.ended.step == history.stopping.stops_at == history.stopping.step


def test_stop_after_evaluation_stops_at_the_next_one(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    trainer = begin(small, tmp_path, processes, eval_steps=10)
    assert trainer.send("stop_after_evaluation").accepted
    assert trainer.end() == 0, trainer.run.log.read_text()
    ended = read_history(trainer.run).ended
    assert ended is not None
    assert (ended.reason, ended.step % 10) == ("stopped", 0)
    evaluations = read_history(trainer.run).evaluations
    assert [item.step for item in evaluations][-1] == ended.step


def test_a_command_takes_effect_once(small: Small, tmp_path: Path, processes: list[Trainer]) -> None:
    """Repeated lines are ignored, also by a later trainer; those sent to no trainer are not delivered."""
    trainer = begin(small, tmp_path, processes)
    run = trainer.run
    noted = trainer.send("note", text="the loss [b]stands[/] still")
    assert noted.text == "the loss [b]stands[/] still"
    again = Command(id=noted.id, name="pause", time=0.0)
    repeat(run, again)
    assert trainer.send("checkpoint").accepted
    wait_until(lambda: read_history(run).checkpoints)
    assert not read_history(run).paused
    trainer.kill()

    lost = post(run.commands, "stop")
    later = Trainer.resume(run)
    processes.append(later)
    answer = wait_until(lambda: read_history(run).acknowledged.get(lost.id))
    assert not answer.accepted
    assert "not delivered: no trainer was running" in answer.message
    repeat(run, again)
    later.send("evaluate")
    history = read_history(run)
    assert not history.paused
    assert [marker.text for marker in history.markers if marker.name == "note"] == [noted.text]
    assert len([event for event in of_kind(events_of(run), Acknowledged) if event.id == noted.id]) == 1


def repeat(run: RunDirectory, command: Command) -> None:
    """Append a command, then half a line as another app may leave it."""
    with run.commands.open("ab") as file:
        file.write(msgspec.json.encode(command) + b"\n")
        file.write(b'{"id":"torn')
        file.flush()
        os.fsync(file.fileno())


def test_release_on_a_cpu_reports_that_there_is_nothing_to_release(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    trainer = begin(small, tmp_path, processes)
    answer = trainer.send("release")
    assert answer.accepted
    assert "a CPU has no memory to release" in answer.message
    assert read_history(trainer.run).paused
    trainer.send("resume")
    trainer.until_step(answer.step + 1)


def test_a_resumed_run_reports_the_settings_in_force(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    """The first events have the changed settings, and the warnings are about those only."""
    trainer = begin(small, tmp_path, processes, max_steps=20, eval_steps=10)
    run = trainer.run
    assert trainer.send("pause").accepted
    plan = read_history(run).plan
    assert plan is not None
    assert any("Early stopping can never act" in text for text in plan.warnings)
    for name, value in (("max_steps", 400), ("patience", 2)):
        assert trainer.send(name, value=value).accepted  # type: ignore[arg-type]
    trainer.send("stop")
    trainer.send("resume")
    assert trainer.end() == 0, run.log.read_text()
    before = read_history(run).count
    later = Trainer.resume(run)
    processes.append(later)
    new = wait_until(lambda: of_kind(events_of(run)[before:], Stopping))[0]
    begun = of_kind(events_of(run)[before:], RunStarted)[0]
    assert new.patience == 2
    assert not any("Early stopping can never act" in text for text in begun.plan.warnings)
