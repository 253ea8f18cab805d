"""The list of runs and their states."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from run_events import acknowledged, evaluation, started, step, stopping

from core.files import lock
from core.problems import Problem
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, EndReason, EventWriter, Launched, RunEnded, Stage
from core.runs.listing import find_run, list_runs, summarize
from core.runs.process_directory import START_GRACE
from core.runs.state import RESUMABLE

LONG_AGO = 2 * START_GRACE


def make_run(runs_dir: Path, name: str, *events: AnyEvent, age: float = 0.0) -> RunDirectory:
    """A run directory whose trainer wrote `events` and is gone; `age` in seconds."""
    run = RunDirectory.create(runs_dir, name, unique=True)
    run.write_config("")
    os.utime(run.config, times=(time.time() - age,) * 2)
    if events:
        writer = EventWriter(run.events)
        for event in events:
            writer.write(event)
        writer.close()
    return run


def test_an_empty_folder_has_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    assert list_runs(tmp_path / "gone") == []
    with pytest.raises(Problem, match="there are no runs.*bertcls-tui train"):
        find_run(tmp_path, None)


def test_other_files_and_folders_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    make_run(tmp_path, "run")
    assert [run.name for run in list_runs(tmp_path)] == ["run"]


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("finished", "finished"),
        ("early_stopped", "early stopped"),
        ("stopped", "stopped"),
        ("failed", "failed"),
        ("refused", "failed"),
    ],
)
def test_the_state_of_an_ended_run(tmp_path: Path, reason: EndReason, state: str) -> None:
    ended = RunEnded(reason=reason, step=1, error="out of memory")
    summary = summarize(make_run(tmp_path, "run", started(), step(1), ended))
    assert (summary.state, summary.error) == (state, "out of memory")


def test_a_run_without_a_trainer_is_starting_then_interrupted(tmp_path: Path) -> None:
    assert summarize(make_run(tmp_path, "fresh")).state == "starting"
    assert summarize(make_run(tmp_path, "stale", age=LONG_AGO)).state == "interrupted"


def test_a_run_whose_trainer_died_before_training_is_interrupted(tmp_path: Path) -> None:
    run = make_run(tmp_path, "run", Launched(pid=1), Stage(name="loading libraries"))
    assert summarize(run).state == "interrupted"


def test_a_run_that_was_launched_again_is_starting_at_first(tmp_path: Path) -> None:
    run = make_run(tmp_path, "run", started(), RunEnded(reason="stopped", step=1))
    now = time.time()
    os.utime(run.events, times=(now - LONG_AGO,) * 2)
    os.utime(run.config, times=(now,) * 2)
    assert summarize(run).state == "starting"
    os.utime(run.config, times=(now - 1.5 * START_GRACE,) * 2)
    assert summarize(run).state == "stopped"


def test_stopped_failed_refused_and_interrupted_runs_can_be_resumed(tmp_path: Path) -> None:
    reasons: tuple[EndReason, ...] = ("finished", "early_stopped", "stopped", "failed", "refused")
    ended = {reason: make_run(tmp_path, reason, RunEnded(reason=reason)) for reason in reasons}
    resumable = [reason for reason, run in ended.items() if summarize(run).state in RESUMABLE]
    assert resumable == ["stopped", "failed", "refused"]
    assert summarize(make_run(tmp_path, "dead", started())).state in RESUMABLE


def test_a_run_whose_trainer_died_in_training_is_interrupted(tmp_path: Path) -> None:
    assert summarize(make_run(tmp_path, "run", started(), step(1))).state == "interrupted"


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "starting"),
        ([Stage(name="reading data")], "starting"),
        ([started(), step(1)], "training"),
        ([started(), step(1), acknowledged("pause", 1)], "paused"),
        ([started(), step(1), acknowledged("pause", 1), acknowledged("resume", 1)], "training"),
        ([started(), step(1), Stage(name="saving the model")], "finishing"),
        ([started(), step(1), RunEnded(reason="stopped", step=1)], "finishing"),
        ([started(), RunEnded(reason="stopped", step=1), Launched(pid=2)], "starting"),
    ],
    ids=["launched", "stage", "training", "paused", "resumed", "finishing", "ended", "again"],
)
def test_the_state_of_a_run_with_a_trainer(tmp_path: Path, events: list[AnyEvent], state: str) -> None:
    run = make_run(tmp_path, "run", *events)
    with lock.hold(run.lock):
        assert summarize(run).state == state


def test_a_summary_has_the_figures_of_the_run(tmp_path: Path) -> None:
    events = [started(), step(10), evaluation(10, 0.8), stopping(10, 0.8, 10), step(11)]
    summary = summarize(make_run(tmp_path, "run", *events, evaluation(10, 0.75, split="test")))
    assert (summary.name, summary.path) == ("run", str(tmp_path / "run"))
    assert (summary.model, summary.step, summary.max_steps) == ("tiny", 11, 100)
    assert (summary.metric, summary.best, summary.best_step) == ("accuracy", 0.8, 10)
    assert summary.test_accuracy == 0.75


def test_the_newest_run_is_listed_first(tmp_path: Path) -> None:
    make_run(tmp_path, "middle", age=100)
    make_run(tmp_path, "newest", age=10)
    make_run(tmp_path, "oldest", age=1000)
    assert [run.name for run in list_runs(tmp_path)] == ["newest", "middle", "oldest"]
    assert find_run(tmp_path, None).name == "newest"


def test_a_run_is_found_by_name_and_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "runs", "mine")
    monkeypatch.chdir(tmp_path)
    for runs_dir, name in [
        (tmp_path / "runs", "mine"),
        (Path("runs"), "mine"),
        (tmp_path, "runs/mine"),
        (tmp_path / "elsewhere", str(run.path)),
    ]:
        assert find_run(runs_dir, name) == run


def test_a_run_name_takes_precedence_over_a_local_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "runs", "mine")
    make_run(tmp_path, "mine")
    monkeypatch.chdir(tmp_path)
    assert find_run(Path("runs"), "mine") == run


@pytest.mark.parametrize("name", ["gone", "../gone", "/gone/too", ".", "\x1b[31m"])
def test_a_missing_run_is_a_problem(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem, match="no such run.*bertcls-tui list"):
        find_run(tmp_path, name)


def replace_events_by_folder(run: RunDirectory) -> str:
    run.events.unlink()
    run.events.mkdir()
    return "The run cannot be read (Is a directory)."


def replace_events_by_pipe(run: RunDirectory) -> str:
    run.events.unlink()
    os.mkfifo(run.events)
    return "this is neither a file nor a folder"


def replace_lock_by_pipe(run: RunDirectory) -> str:
    os.mkfifo(run.lock)
    return "this is neither a file nor a folder"


def replace_events_by_endless_file(run: RunDirectory) -> str:
    run.events.unlink()
    run.events.symlink_to("/dev/zero")
    return "this is a link that leads out of the run"


@pytest.mark.parametrize(
    "damage",
    [replace_events_by_folder, replace_events_by_pipe, replace_lock_by_pipe, replace_events_by_endless_file],
)
def test_an_unreadable_run_is_listed_beside_the_others(
    tmp_path: Path, damage: Callable[[RunDirectory], str]
) -> None:
    make_run(tmp_path, "sound", started(), step(3))
    reason = damage(make_run(tmp_path, "damaged", started(), step(3)))
    found = {run.name: run for run in list_runs(tmp_path)}
    assert found["sound"].step == 3
    assert found["damaged"].state == "unreadable"
    assert reason in found["damaged"].error
