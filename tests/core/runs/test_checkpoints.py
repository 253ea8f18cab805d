"""A checkpoint is complete or absent, wherever its writer was interrupted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.files import durable
from core.problems import Problem
from core.runs import checkpoints
from core.runs.checkpoints import MARKER
from core.runs.directory import RunDirectory


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    found = RunDirectory.create(tmp_path / "runs", "run", unique=True)
    found.write_config("")
    return found


def stage(run: RunDirectory, step: int, content: str = "weights") -> Path:
    """Make a staged checkpoint as the trainer leaves it."""
    folder = checkpoints.staging(run) / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_text(content)
    return folder


def adopt(run: RunDirectory, step: int, is_best: bool = False, content: str = "weights") -> Path:
    return checkpoints.adopt(run, stage(run, step, content), step, is_best=is_best).path


def steps(run: RunDirectory) -> list[int]:
    return [checkpoint.step for checkpoint in checkpoints.complete(run)]


def test_a_new_run_has_no_checkpoint(run: RunDirectory) -> None:
    assert checkpoints.complete(run) == []
    assert checkpoints.current(run, "best") is None
    with pytest.raises(Problem, match="no checkpoint yet"):
        checkpoints.require(run, "best")


def test_an_adopted_checkpoint_is_complete(run: RunDirectory) -> None:
    path = adopt(run, 400, is_best=True)
    assert path == run.checkpoints / "step-000400"
    assert steps(run) == [400]
    assert checkpoints.complete(run)[0].is_best
    assert (path / "model.safetensors").read_text() == "weights"


def test_checkpoints_are_in_the_order_of_their_steps(run: RunDirectory) -> None:
    for step in (1_000_000, 20, 999_999, 3):
        adopt(run, step)
    assert steps(run) == [3, 20, 999_999, 1_000_000]


@pytest.mark.parametrize("marker", [None, b"", b"{", b'{"step":"x","is_best":true}', b"\xff"])
def test_a_checkpoint_without_a_valid_marker_is_absent(run: RunDirectory, marker: bytes | None) -> None:
    adopt(run, 10)
    broken = run.checkpoints / "step-000020"
    broken.mkdir()
    (broken / "model.safetensors").touch()
    if marker is not None:
        (broken / MARKER).write_bytes(marker)
    assert steps(run) == [10]
    assert checkpoints.require(run, "last").step == 10


def test_the_newer_of_two_checkpoints_of_one_step_counts(run: RunDirectory) -> None:
    adopt(run, 10, is_best=True, content="old")
    path = adopt(run, 10, is_best=True, content="new")
    assert (path / "model.safetensors").read_text() == "new"
    for which in ("best", "last"):
        found = checkpoints.current(run, which)
        assert found is not None
        assert found.path == path
    assert steps(run) == [10, 10]
    checkpoints.prune(run)
    assert [found.path for found in checkpoints.complete(run)] == [path]


def test_best_and_last_are_the_newest_of_their_kind(run: RunDirectory) -> None:
    for step, is_best in ((10, True), (20, True), (30, False)):
        adopt(run, step, is_best)
    best, last = checkpoints.current(run, "best"), checkpoints.current(run, "last")
    assert best is not None
    assert last is not None
    assert (best.step, last.step) == (20, 30)


def test_the_last_checkpoint_stands_in_for_a_missing_best(run: RunDirectory) -> None:
    adopt(run, 10)
    assert checkpoints.current(run, "best") is None
    assert checkpoints.require(run, "best").step == 10


def test_pruning_keeps_the_best_and_the_last(run: RunDirectory) -> None:
    for step, is_best in ((10, True), (20, True), (30, False), (40, False)):
        adopt(run, step, is_best)
    (run.checkpoints / "step-000050").mkdir()
    stage(run, 60)
    checkpoints.prune(run)
    assert steps(run) == [20, 40]
    assert sorted(path.name for path in run.checkpoints.iterdir()) == ["step-000020", "step-000040"]


class Crash(Exception):
    """The writer was killed."""


def crash(*args: object, **kwargs: object) -> None:
    raise Crash


@pytest.mark.parametrize("part", ["durable.sync_tree", "durable.sync_folder", "durable.write_whole"])
def test_a_crash_while_adopting_keeps_the_older_checkpoints(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    adopt(run, 10, is_best=True)
    adopt(run, 20)
    with monkeypatch.context() as patched:
        patched.setattr(f"core.runs.checkpoints.{part}", crash)
        with pytest.raises(Crash):
            adopt(run, 30, is_best=True)
    assert steps(run) == [10, 20]
    checkpoints.prune(run)
    assert sorted(path.name for path in run.checkpoints.iterdir()) == ["step-000010", "step-000020"]
    adopt(run, 30, is_best=True)
    assert steps(run) == [10, 20, 30]


def test_a_crash_while_writing_the_marker_leaves_no_file(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("core.files.durable.os.fsync", crash)
        with pytest.raises(Crash):
            durable.write_whole(run.path / "file.json", b"new")
    assert not (run.path / "file.json").exists()
    durable.write_whole(run.path / "file.json", b"new")
    assert (run.path / "file.json").read_bytes() == b"new"


def test_a_crash_while_removing_leaves_no_marker_on_a_partial_checkpoint(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = adopt(run, 10)
    remove: Callable[[Path], None] = checkpoints.remove
    monkeypatch.setattr("core.runs.checkpoints.shutil.rmtree", crash)
    with pytest.raises(Crash):
        remove(path)
    assert (path / "model.safetensors").exists()
    assert steps(run) == []
