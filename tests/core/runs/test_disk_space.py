"""A full disk is reported, waited for and written to later; other errors are not mistaken for it."""

import errno
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_events import evaluation, started, step

from core.problems import Problem, without_home
from core.runs import disk_space
from core.runs.directory import RunDirectory
from core.runs.disk_space import Cancelled, DiskSpace, Reserve, WaitingEventWriter
from core.runs.events import AnyEvent, Blocked, EventFollower, RunEnded, Unblocked, Warned
from core.runs.history import read_history

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def poll_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_space, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(disk_space, "_MAX_POLL_SECONDS", 0.001)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, "run", unique=True)


class Disk:
    """Fails writes with the given errors, one after the other, and then accepts them."""

    def __init__(self, *errors: Exception) -> None:
        self._errors: Iterator[Exception] = iter(errors)
        self.events: list[AnyEvent] = []

    def write(self) -> str:
        for error in self._errors:
            raise error
        return "written"


@pytest.mark.parametrize("error", [FULL, OSError(errno.EDQUOT, "Disk quota exceeded")])
def test_a_write_is_retried_until_there_is_disk_space(run: RunDirectory, error: OSError) -> None:
    disk = Disk(error, error, FULL)
    space = DiskSpace(run, disk.events.append)
    assert space.write("the model", disk.write) == "written"
    blocked, unblocked = disk.events
    assert isinstance(blocked, Blocked)
    assert isinstance(unblocked, Unblocked)
    assert (blocked.what, blocked.reason, blocked.folder) == (
        "the model",
        error.strerror,
        without_home(str(run.path)),
    )
    assert unblocked.what == "the model"
    assert run.reserve.stat().st_size == 1 << 16


def test_nothing_is_reported_with_enough_disk_space(run: RunDirectory) -> None:
    disk = Disk()
    assert DiskSpace(run, disk.events.append).write("the model", disk.write) == "written"
    assert disk.events == []


@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "Input/output error"), RuntimeError("another thing"), ValueError("no")]
)
def test_other_errors_are_not_mistaken_for_a_full_disk(run: RunDirectory, error: Exception) -> None:
    disk = Disk(error)
    with pytest.raises(type(error), match=re.escape(str(error))):
        DiskSpace(run, disk.events.append).write("the model", disk.write)
    assert disk.events == []
    disk = Disk(FULL, error)
    with pytest.raises(type(error)):
        DiskSpace(run, disk.events.append).write("the model", disk.write)


def test_a_full_disk_is_recognised_behind_the_error_of_a_library(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch.save raises "file write failed"."""
    disk = Disk(RuntimeError("file write failed"))
    space = DiskSpace(run, disk.events.append)

    def full(path: Path, content: bytes) -> None:
        monkeypatch.undo()
        raise FULL

    monkeypatch.setattr("core.files.durable.write_whole", full)
    assert space.write("the checkpoint", disk.write) == "written"
    assert isinstance(disk.events[0], Blocked)


def test_a_write_is_retried_once_the_needed_space_is_free(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    frees = iter([0, 5 << 20, 10 << 20, 99 << 20])
    readings = []

    def usage(folder: Path) -> os.statvfs_result:
        readings.append(next(frees))
        return type("Usage", (), {"free": readings[-1]})()

    monkeypatch.setattr("shutil.disk_usage", usage)
    disk = Disk(FULL)
    DiskSpace(run, disk.events.append).write("the model", disk.write, needed=50 << 20)
    assert readings == [0, 5 << 20, 10 << 20, 99 << 20]


def test_waiting_too_long_is_a_problem_and_later_writes_do_not_wait(run: RunDirectory) -> None:
    disk = Disk(*[FULL] * 1000)
    space = DiskSpace(run, disk.events.append)
    space.seconds = 0.01
    with pytest.raises(Problem, match="the model cannot be written .No space left on device; waited for"):
        space.write("the model", disk.write)
    with pytest.raises(OSError, match="No space"):
        space.write("the events", disk.write)


def test_a_run_that_was_asked_to_stop_does_not_wait(run: RunDirectory) -> None:
    disk = Disk(*[FULL] * 1000)
    space = DiskSpace(run, disk.events.append, lambda: len(disk.events) > 0)
    with pytest.raises(Cancelled, match="the run was asked to end meanwhile"):
        space.write("the model", disk.write)


def test_the_last_event_of_a_run_uses_the_reserve(run: RunDirectory) -> None:
    events = WaitingEventWriter(run)
    assert run.reserve.exists()
    events.write(RunEnded(reason="failed", error="the disk is full"))
    events.close()
    assert not run.reserve.exists()


@given(st.integers(0, 1 << 17))
def test_a_reserve_takes_the_space_that_is_free(tmp_path_factory: pytest.TempPathFactory, free: int) -> None:
    path = tmp_path_factory.mktemp("run") / ".reserve"

    def write_whole(path: Path, content: bytes) -> None:
        if len(content) > free:
            raise FULL
        path.write_bytes(content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.files.durable.write_whole", write_whole)
        assert Reserve(path).keep() == (free >= 1 << 12)
        if free >= 1 << 12:
            size = path.stat().st_size
            assert size <= free
            assert size == 1 << 16 or 2 * size > free
    Reserve(path).release()
    assert not path.exists()


def test_the_home_directory_is_abbreviated(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(run.path.parent))
    disk = Disk(FULL)
    DiskSpace(run, disk.events.append).write("the model", disk.write)
    blocked = disk.events[0]
    assert isinstance(blocked, Blocked)
    assert blocked.folder == f"~/{run.name}"


def test_an_event_is_not_repeated_when_fsync_reports_the_full_disk(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, sync, fails = WaitingEventWriter(run), os.fsync, [True, True]

    def fail_once(file: int) -> None:
        if fails and Path(f"/proc/self/fd/{file}").readlink() == run.events and fails.pop():
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        sync(file)

    monkeypatch.setattr(os, "fsync", fail_once)
    events.write(Warned(message="once"), durable=True)
    found = EventFollower(run.events).read()
    assert [type(event) for event in found] == [Warned, Blocked, Unblocked]
    assert [event.seq for event in found] == [1, 2, 3]


def test_the_writer_and_a_reader_have_the_same_history(run: RunDirectory) -> None:
    """Events of earlier writers count, with a NaN loss and an event that readers skip."""
    before = WaitingEventWriter(run)
    for event in (started(), step(1), evaluation(1, 0.5), step(2, loss=math.nan)):
        before.write(event)
    before.close()
    writer = WaitingEventWriter(run)
    for event in (step(3), evaluation(3, accuracy=7.0), started(resumed_from=2), step(3), evaluation(3, 0.6)):
        writer.write(event)
    expected = read_history(run)
    assert list(expected.steps.step) == [1, 2, 3]
    assert math.isnan(expected.steps.loss[1])
    assert not writer.history.steps.step  # otherwise the memory of a trainer would grow with its steps
    assert writer.history.evaluations == expected.evaluations
    assert [item.accuracy for item in expected.evaluations] == [0.5, 0.6]
    assert writer.history.updated_at == expected.updated_at
    assert writer.history.last_step == expected.last_step
    writer.close()


def test_waiting_for_disk_space_is_in_the_history_of_the_writer(run: RunDirectory) -> None:
    blocked: list[object] = []
    writer = WaitingEventWriter(run, is_cancelled=lambda: bool(blocked.append(writer.history.blocked)))
    disk = Disk(FULL)
    writer.disk_space.write("the model", disk.write)
    assert isinstance(blocked[0], Blocked)
    assert writer.history.blocked is None
    writer.close()
