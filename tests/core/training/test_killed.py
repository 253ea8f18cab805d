"""A run that is killed, again and again, at any moment: what it learns is what it would have learnt."""

import itertools
import queue
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from killing import Kill, Trainers, Witness, events_in_order, left_out, random_kills, scores_on_test
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

# Drawn once; another seed gives other moments.
SEED = 20
KILLS = 20


def make(small: Small, runs_dir: Path, name: str) -> RunDirectory:
    return new_run(small.config(runs_dir, {"data": {"test": str(small.test)}}), name)


def names(run: RunDirectory) -> set[str]:
    """What lies in a run directory, but for what its trainers said."""
    return {str(path.relative_to(run.path)) for path in run.path.rglob("*")} - {run.log.name}


def assert_as_if_nothing_had_been(run: RunDirectory, whole: RunDirectory, story: object = "") -> None:
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


def test_killed_at_twenty_moments_a_run_ends_as_if_nothing_had_been(
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
        assert_as_if_nothing_had_been(run, finished_run, story)
        if struck >= KILLS:
            break


def test_what_was_incomplete_is_told(trainers: Trainers, small: Small, tmp_path: Path) -> None:
    """Killed between the two: a checkpoint has its place, but not its marker."""
    run = make(small, tmp_path, "run")
    kill = Kill(sight="a checkpoint being staged", with_writer=True)
    assert trainers.train(run, kill) == (-signal.SIGKILL, 0)
    if not checkpoints.incomplete(run):  # it was quicker than the kill
        (checkpoints.current(run, "last").path / checkpoints.MARKER).unlink()
    (step,) = checkpoints.incomplete(run)
    code, _ = trainers.train(run, resume=True)
    assert code == 0
    (told,) = left_out(events_in_order(run))
    assert f"the checkpoint of step {step} was incomplete" in told
    assert "Training starts over" in told


def test_a_checkpoint_that_nobody_told_of_is_told(
    trainers: Trainers, small: Small, run_copy: RunDirectory
) -> None:
    """Its trainer was killed when it was complete, before it could say so."""
    lines = run_copy.events.read_bytes().splitlines(keepends=True)
    told = next(
        number for number, line in enumerate(lines) if b'"kind":"checkpoint"' in line and b'"step":20' in line
    )
    run_copy.events.write_bytes(b"".join(lines[:told]))
    assert trainers.train(run_copy, resume=True)[0] == 0
    (event,) = [event for event in read_history(run_copy).checkpoints if event.step == 20]
    last = checkpoints.require(run_copy, "last")
    files = [path for path in last.path.iterdir() if path.name != checkpoints.MARKER]
    assert (event.is_best, event.bytes) == (last.is_best, sum(path.stat().st_size for path in files))


def test_a_resumed_run_waits_for_the_writer_of_the_trainer_before(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "run", unique=True)
    told: queue.Queue[str] = queue.Queue()
    with ThreadPoolExecutor() as pool:
        with lock.hold(run.writer_lock):
            found = pool.submit(find_start, run, told.put)
            assert "waiting for the process that wrote" in told.get(timeout=60)
            assert not found.done()
            written = checkpoints.staging(run) / "checkpoint-5"
            written.mkdir(parents=True)
            checkpoints.adopt(run, written, 5, is_best=True)
        start = found.result(timeout=60)
    assert (start.step, start.incomplete) == (5, ())


def test_a_moved_run_goes_on(
    trainers: Trainers, small: Small, finished_run: RunDirectory, tmp_path: Path
) -> None:
    """To another path; what it was before is gone, as on another machine."""
    run = make(small, tmp_path / "before", "run")
    kill = Kill(sight="a checkpoint without its marker")
    assert trainers.train(run, kill)[0] == -signal.SIGKILL
    shutil.copytree(run.path, tmp_path / "after" / "another name")
    shutil.rmtree(tmp_path / "before")
    moved = RunDirectory.open(tmp_path / "after" / "another name")
    code, _ = trainers.train(moved, resume=True)
    assert code == 0
    assert str(tmp_path / "before") not in moved.events.read_text()
    assert_as_if_nothing_had_been(moved, finished_run)


def test_a_model_that_lost_its_place_while_it_was_replaced_is_found(run_copy: RunDirectory) -> None:
    """Killed between two renames, and again before there was another one."""
    run_copy.model.rename(run_copy.path / ".model.old")
    best = checkpoints.require(run_copy, "best")
    history = read_history(run_copy)
    assert history.plan is not None
    before = weights(run_copy.path / ".model.old")
    shutil.rmtree(best.path)
    with pytest.raises(FileNotFoundError):
        save_model(run_copy, best, history.plan, history)
    assert weights(run_copy.model) == before
