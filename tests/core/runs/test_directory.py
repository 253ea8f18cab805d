"""The run directory: private, uniquely named, and never outside the runs directory."""

import os
from pathlib import Path

import pytest

from core.files import lock
from core.problems import Problem
from core.runs.directory import RunDirectory


def create(runs_dir: Path, name: str = "run", *, unique: bool = True) -> RunDirectory:
    run = RunDirectory.create(runs_dir, name, unique=unique)
    run.write_config("")
    return run


@pytest.mark.parametrize("name", ["run", "a", "2026-07-01_x.y", "A" * 100])
def test_valid_names_are_accepted(tmp_path: Path, name: str) -> None:
    run = create(tmp_path / "runs", name)
    assert run.name == name
    assert run.path == tmp_path / "runs" / name
    assert RunDirectory.open(run.path) == run


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "/x", ".x", "-x", "_x", "a b", "a\n", "ä", "A" * 101, "\x1b[31m"]
)
def test_invalid_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem, match="cannot be the name of a run"):
        RunDirectory.create(tmp_path / "runs", name, unique=True)
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        run = create(tmp_path / "runs")
    finally:
        os.umask(before)
    for path in (run.path.parent, run.path, run.checkpoints):
        assert path.stat().st_mode & 0o777 == 0o700
    assert run.config.stat().st_mode & 0o777 == 0o600


def test_a_taken_name_is_refused_where_it_must_be_unique(tmp_path: Path) -> None:
    create(tmp_path)
    with pytest.raises(Problem, match="a run of this name already.*--name"):
        create(tmp_path)


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    names = [create(tmp_path, unique=False).name for _ in range(3)]
    assert names == ["run", "run-2", "run-3"]


def test_a_file_as_the_runs_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    for unique in (True, False):
        with pytest.raises(Problem, match="not a folder.*--runs-dir"):
            RunDirectory.create(tmp_path / "runs", "run", unique=unique)


def test_a_runs_directory_inside_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Problem, match=r"cannot be written \(Not a directory\).*--runs-dir"):
        RunDirectory.create(tmp_path / "file" / "runs", "run", unique=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_runs_directory_without_write_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Problem, match=r"cannot be written \(Permission denied\)"):
        RunDirectory.create(tmp_path / "runs", "run", unique=True)


def test_a_folder_without_a_configuration_is_not_a_run(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="there is no such run.*bertcls-tui list"):
        RunDirectory.open(tmp_path)


def test_a_run_in_training_is_not_deleted(tmp_path: Path) -> None:
    run = create(tmp_path / "runs")
    with lock.hold(run.lock):
        assert run.is_alive
        with pytest.raises(Problem, match="still training.*Stop it first"):
            run.delete()
    assert not run.is_alive
    run.delete()
    assert not run.path.exists()
