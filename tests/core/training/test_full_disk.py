"""A full disk at each writer of a run: it is reported, and the trainer waits for disk space and continues."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import Trainers, events_in_order, scores_on_test, state_of
from small_disk import SmallDisk, small_disk
from small_runs import Small, losses, new_run, of_kind, weights
from waiting import wait_until

from core.problems import Problem, without_home
from core.runs import checkpoints
from core.runs.commands import post
from core.runs.directory import RunDirectory
from core.runs.events import Acknowledged, Blocked, Checkpoint, RunEnded, Step, Unblocked
from core.runs.history import read_history
from core.runs.launch import launch
from core.runs.listing import summarize

SIZE = 16 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    place = tmp_path / "disk"
    place.mkdir()
    with small_disk(place, SIZE) as mounted:
        yield mounted


def make(small: Small, disk: SmallDisk, disk_wait: float = 120.0, **training: int) -> RunDirectory:
    layers = {"data": {"test": str(small.test)}, "output": {"disk_wait": disk_wait}}
    return new_run(small.config(disk.path, layers, **training))


def fill(disk: SmallDisk, pid: int, leave: int) -> None:
    """Fill the disk as soon as the trainer halts, then let the trainer continue."""
    wait_until(lambda: state_of(pid) == "T")
    disk.fill(leave)
    os.kill(pid, signal.SIGCONT)


def blocked(run: RunDirectory) -> Blocked:
    return wait_until(lambda: read_history(run).blocked)


# Where the trainer halts while the disk is filled, how many bytes stay free, and which file does not fit.
CHECKPOINT = "the checkpoint of step 10"
WRITERS = [
    pytest.param("checkpoint-10", 8 << 10, CHECKPOINT, id="small files of a checkpoint"),
    pytest.param("checkpoint-10", 400 << 10, CHECKPOINT, id="weights of a checkpoint"),
    pytest.param(".model.writing", 100 << 10, "the model", id="model"),
    pytest.param(".test.safetensors", 0, "the outcomes of the test split", id="outcomes"),
]


@pytest.mark.parametrize(("halt_at", "leave", "what"), WRITERS)
def test_a_file_that_does_not_fit_is_reported_and_written_later(
    trainers: Trainers,
    small: Small,
    disk: SmallDisk,
    finished_run: RunDirectory,
    halt_at: str,
    leave: int,
    what: str,
) -> None:
    run = make(small, disk)
    pid = trainers.begin(run, halt_at=halt_at)
    fill(disk, pid, leave)
    found = blocked(run)
    assert (found.what, found.reason, found.folder) == (
        what,
        "No space left on device",
        without_home(str(run.path)),
    )
    if what == CHECKPOINT:  # the size is known of files that another process writes
        assert (found.needed is not None) == (leave > 100 << 10)
    summary = summarize(run)
    assert (summary.state, run.is_alive) == ("waiting for disk space", True)
    assert f"not enough disk space for {what}" in summary.error
    assert checkpoints.require(run, "last").step == (5 if "checkpoint" in halt_at else 20)
    disk.make_space()
    assert trainers.end()[0] == 0
    events = events_in_order(run)
    assert [event.what for event in of_kind(events, Unblocked)] == [what]
    assert len(scores_on_test(events)) == 1
    assert weights(run.model) == weights(finished_run.model)
    assert losses(run) == losses(finished_run)
    assert not run.reserve.exists()


def test_events_that_do_not_fit_are_written_later(trainers: Trainers, small: Small, disk: SmallDisk) -> None:
    run = make(small, disk, max_steps=100_000, eval_steps=100_000)
    pid = trainers.begin(run)
    wait_until(lambda: read_history(run).step)
    disk.fill()
    found = blocked(run)
    assert found.what == "the events"
    disk.make_space()
    step = read_history(run).step
    wait_until(lambda: read_history(run).step > step + 5)
    os.killpg(pid, signal.SIGKILL)
    trainers.end()
    steps = [event.step for event in of_kind(events_in_order(run), Step)]
    assert steps == list(range(1, len(steps) + 1))


def test_a_run_that_waits_too_long_for_disk_space_fails_and_can_be_resumed(
    trainers: Trainers, small: Small, disk: SmallDisk, finished_run: RunDirectory
) -> None:
    run = make(small, disk, disk_wait=0.5)
    fill(disk, trainers.begin(run, halt_at="checkpoint-10"), leave=0)
    assert trainers.end()[0] == 1
    ended = read_history(run).ended
    assert ended is not None
    assert ended.reason == "failed"
    assert "(No space left on device; waited for " in ended.error
    assert "Free disk space, then resume the run" in ended.error
    assert [event.step for event in of_kind(events_in_order(run), Checkpoint)] == [5]
    assert checkpoints.require(run, "last").step == 5
    disk.fill()
    with pytest.raises(Problem, match="cannot be written to \\(No space left on device\\)"):
        launch(run, resume=True)
    disk.make_space()
    assert trainers.train(run, resume=True)[0] == 0
    assert weights(run.model) == weights(finished_run.model)


@pytest.mark.parametrize("way", ["SIGTERM", "stop"])
def test_a_run_that_waits_for_disk_space_can_be_stopped(
    trainers: Trainers, small: Small, disk: SmallDisk, way: str
) -> None:
    run = make(small, disk)
    pid = trainers.begin(run, halt_at="checkpoint-10")
    fill(disk, pid, leave=64 << 10)
    blocked(run)
    if way == "stop":
        post(run.commands, "stop")
    else:
        os.kill(pid, signal.SIGTERM)
    assert trainers.end()[0] == 0
    (ended,) = of_kind(events_in_order(run), RunEnded)
    assert ended.reason == "stopped"
    assert "the run was asked to end meanwhile" in ended.error
    obeyed = [event.accepted for event in of_kind(events_in_order(run), Acknowledged)]
    assert obeyed == ([True] if way == "stop" else [])
    disk.make_space()
    assert trainers.train(run, resume=True)[0] == 0


LOGGING_PROGRAM = """
import logging, sys, traceback, warnings
from core.training.__main__ import tolerate_full_disk

tolerate_full_disk()
print("x" * 100_000, flush=True)
warnings.warn("a warning")
logging.error("an error")
try:
    raise ValueError("x" * 100_000)
except ValueError as error:
    traceback.print_exception(error)
print("done", file=sys.stderr)
"""


def test_a_process_survives_a_full_log(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-c", LOGGING_PROGRAM]
    with Path("/dev/full").open("w") as full:
        assert subprocess.run(command, stdout=full, stderr=full, check=False).returncode == 0
    with (tmp_path / "log").open("w") as log:
        assert subprocess.run(command, stdout=log, stderr=log, check=False).returncode == 0
    written = (tmp_path / "log").read_text()
    assert all(part in written for part in ("a warning", "an error", "ValueError", "done", "x" * 100_000))


def test_a_run_survives_a_full_log(trainers: Trainers, small: Small, tmp_path: Path) -> None:
    run = new_run(small.config(tmp_path))
    trainers.begin(run, log="/dev/full")
    assert trainers.end()[0] == 0


def test_a_full_cache_is_a_warning_and_token_ids_stay_in_memory(
    small: Small, disk: SmallDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tokens equal those from a cache that could be written."""
    from core.data.splits import load_splits
    from core.training.planning import prepare

    config = small.config(tmp_path)
    splits = load_splits(config.data, seed=config.split_seed)
    known = prepare(config, splits)
    monkeypatch.setenv("XDG_CACHE_HOME", str(disk.path))
    disk.fill(leave=16 << 10)
    found = prepare(config, splits)
    assert any("Token ids are kept in memory" in warning for warning in found.plan.warnings)
    for name, split in known.encoded.items():
        assert (split.tokens.ids == found.encoded[name].tokens.ids).all()
    assert not list(disk.path.rglob("*.bin"))
