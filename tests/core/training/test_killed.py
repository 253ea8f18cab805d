"""Runs that are killed again and again, at any moment, end like runs that were not interrupted."""

import itertools
import queue
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from killing import (
    Kill,
    Trainers,
    Witness,
    events_in_order,
    ignored_checkpoints,
    random_kills,
    scores_on_test,
)
from safetensors.torch import load_file
from small_runs import Small, losses, new_run, of_kind, weights

from core.files import lock
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.events import Step
from core.runs.history import read_history
from core.training.finishing import save_model
from core.training.resuming import find_start
from core.training.training_state import OPTIMIZER

# Chosen once; another seed gives other moments.
SEED = 20
KILLS = 20


def make(small: Small, runs_dir: Path, name: str) -> RunDirectory:
    return new_run(small.config(runs_dir, {"data": {"test": str(small.test)}}), name)


def names(run: RunDirectory) -> set[str]:
    """The files of a run directory, except for the log and for predictions that an evaluation has kept."""
    found = (path for path in run.path.rglob("*") if not path.name.startswith("evaluated-"))
    return {str(path.relative_to(run.path)) for path in found} - {run.log.name}


def assert_same_result(run: RunDirectory, whole: RunDirectory, story: object = "") -> None:
    assert weights(run.model) == weights(whole.model), story
    assert losses(run) == losses(whole)
    for which in ("best", "last"):
        one, other = (checkpoints.require(each, which) for each in (run, whole))
        assert one.step == other.step
        assert weights(one.path) == weights(other.path)
        mine, theirs = (load_file(each.path / OPTIMIZER) for each in (one, other))
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[name], theirs[name]) for name in mine)
    assert names(run) == names(whole), story


def test_a_run_killed_at_twenty_moments_ends_with_the_same_result(
    trainers: Trainers, small: Small, finished_run: RunDirectory, tmp_path: Path
) -> None:
    began = time.monotonic()
    code, operations = trainers.train(whole := make(small, tmp_path, "whole"))
    seconds = time.monotonic() - began
    first = of_kind(events_in_order(whole), Step)[0].time
    kills = random_kills(SEED, seconds, read_history(whole).updated_at - first, operations)
    assert code == 0
    struck = 0
    for number in itertools.count(1):
        run = make(small, tmp_path, f"run-{number}")
        witness, story = Witness(run), []
        while code != 0 or not story:
            kill = next(kills) if struck < KILLS else None
            code, _ = trainers.train(run, kill, resume=bool(story))
            story.append((kill, code))
            struck += code == -signal.SIGKILL
            assert code in (0, -signal.SIGKILL), story
            witness.look()
        events = events_in_order(run)
        (test,) = scores_on_test(events)
        ended = read_history(run).ended
        assert ended is not None
        assert (ended.reason, ended.step, test.step) == ("finished", 20, ended.best_step), story
        assert_same_result(run, finished_run, story)
        if struck >= KILLS:
            break


def test_an_incomplete_checkpoint_is_reported(trainers: Trainers, small: Small, tmp_path: Path) -> None:
    """A trainer killed between the two leaves a checkpoint folder without its marker."""
    run = make(small, tmp_path, "run")
    kill = Kill(trace="a checkpoint being staged", with_writer=True)
    assert trainers.train(run, kill) == (-signal.SIGKILL, 0)
    if not checkpoints.incomplete(run):  # the checkpoint was complete before the kill
        (checkpoints.current(run, "last").path / checkpoints.MARKER).unlink()
    (step,) = checkpoints.incomplete(run)
    code, _ = trainers.train(run, resume=True)
    assert code == 0
    (message,) = ignored_checkpoints(events_in_order(run))
    assert f"the checkpoint of step {step} was incomplete" in message
    assert "Training starts over" in message


def test_a_resumed_run_reports_a_checkpoint_without_an_event(
    trainers: Trainers, small: Small, run_copy: RunDirectory
) -> None:
    """The trainer was killed after the checkpoint was complete and before its event was written."""
    lines = run_copy.events.read_bytes().splitlines(keepends=True)
    reported_at = next(
        number for number, line in enumerate(lines) if b'"kind":"checkpoint"' in line and b'"step":20' in line
    )
    run_copy.events.write_bytes(b"".join(lines[:reported_at]))
    assert trainers.train(run_copy, resume=True)[0] == 0
    (event,) = [event for event in read_history(run_copy).checkpoints if event.step == 20]
    last = checkpoints.require(run_copy, "last")
    files = [path for path in last.path.iterdir() if path.name != checkpoints.MARKER]
    assert (event.is_best, event.bytes) == (last.is_best, sum(path.stat().st_size for path in files))


def test_a_resumed_run_waits_for_the_writer_of_the_previous_trainer(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "run", unique=True)
    stages: queue.Queue[str] = queue.Queue()
    with ThreadPoolExecutor() as pool:
        with lock.hold(run.writer_lock):
            found = pool.submit(find_start, run, stages.put)
            assert "waiting for the process that wrote" in stages.get(timeout=60)
            assert not found.done()
            written = checkpoints.staging(run) / "checkpoint-5"
            written.mkdir(parents=True)
            checkpoints.adopt(run, written, 5, is_best=True)
        start = found.result(timeout=60)
    assert (start.step, start.incomplete) == (5, ())


def test_a_moved_run_can_be_resumed(
    trainers: Trainers, small: Small, finished_run: RunDirectory, tmp_path: Path
) -> None:
    """The run continues at another path, and the old one is gone, as on another machine."""
    run = make(small, tmp_path / "before", "run")
    kill = Kill(trace="a checkpoint without its marker")
    assert trainers.train(run, kill)[0] == -signal.SIGKILL
    shutil.copytree(run.path, tmp_path / "after" / "another name")
    shutil.rmtree(tmp_path / "before")
    moved = RunDirectory.open(tmp_path / "after" / "another name")
    code, _ = trainers.train(moved, resume=True)
    assert code == 0
    assert str(tmp_path / "before") not in moved.events.read_text()
    assert_same_result(moved, finished_run)


def test_a_model_is_recovered_after_its_replacement_was_interrupted(run_copy: RunDirectory) -> None:
    """The trainer was killed between two renames, and again before it wrote another model."""
    run_copy.model.rename(run_copy.path / ".model.old")
    best = checkpoints.require(run_copy, "best")
    history = read_history(run_copy)
    assert history.plan is not None
    before = weights(run_copy.path / ".model.old")
    shutil.rmtree(best.path)
    with pytest.raises(FileNotFoundError):
        save_model(run_copy, best, history.plan, history)
    assert weights(run_copy.model) == before
