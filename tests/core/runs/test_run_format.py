"""The format version of a run directory: newer and unknown ones are refused, older ones are read."""

import json
import shutil
from pathlib import Path

import pytest

from core.config import build_config, read_config
from core.problems import Problem
from core.runs import run_format
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.runs.listing import find_run, list_runs, summarize
from core.runs.start import start

OLDER = Path(__file__).parent / "older_run"
UNKNOWN = [b"", b"{", b"[]", b'{"version":"x"}', b"\xff\x00", b"{}"]


def make(runs_dir: Path, name: str = "run") -> RunDirectory:
    run = RunDirectory.create(runs_dir, name, unique=True)
    run.write_config("")
    return run


def make_newer(run: RunDirectory, version: int = run_format.VERSION + 1) -> RunDirectory:
    content = {"version": version, "program": "bertcls-tui 99.0", "more": [1]}
    (run.path / run_format.FILE).write_text(json.dumps(content))
    return run


def test_a_new_run_records_its_version(tmp_path: Path) -> None:
    run = make(tmp_path)
    written = json.loads((run.path / run_format.FILE).read_text())
    assert written["version"] == run_format.VERSION
    assert written["program"].startswith("bertcls-tui ")
    assert (run.path / run_format.FILE).stat().st_mode & 0o777 == 0o600
    assert RunDirectory.open(run.path) == run


@pytest.mark.parametrize("version", [run_format.VERSION + 1, 10**30, 0, -1])
def test_another_version_is_refused_with_the_name_of_its_program(tmp_path: Path, version: int) -> None:
    run = make_newer(make(tmp_path), version)
    with pytest.raises(Problem, match=rf"format version {version}; .* up to {run_format.VERSION}.*tui 99\.0"):
        RunDirectory.open(run.path)
    for name in (None, "run", str(run.path)):
        with pytest.raises(Problem, match=f"format version {version}"):
            find_run(tmp_path, name)
    with pytest.raises(Problem, match=f"format version {version}"):
        summarize(run)


@pytest.mark.parametrize("content", UNKNOWN)
def test_an_unreadable_version_is_refused(tmp_path: Path, content: bytes) -> None:
    run = make(tmp_path)
    (run.path / run_format.FILE).write_bytes(content)
    with pytest.raises(Problem, match="the format version of this run directory is unreadable"):
        RunDirectory.open(run.path)


def test_a_run_of_another_version_is_listed_as_unreadable(tmp_path: Path) -> None:
    make(tmp_path, "known")
    make_newer(make(tmp_path, "newer"))
    found = {summary.name: summary for summary in list_runs(tmp_path)}
    assert found["newer"].state == "unreadable"
    assert "bertcls-tui 99.0" in found["newer"].error
    assert found["known"].state != "unreadable"


def test_an_older_run_without_a_version_is_read(tmp_path: Path) -> None:
    shutil.copytree(OLDER, tmp_path / "older")
    run = find_run(tmp_path, "older")
    history = read_history(run)
    assert history.plan is not None
    assert (history.plan.model, history.step, len(history.evaluations)) == ("cnn", 10, 1)
    assert history.best_checkpoint is not None
    (summary,) = list_runs(tmp_path)
    assert (summary.state, summary.step, summary.best) == ("interrupted", 10, 0.75)
    config = build_config(read_config(run.config))
    assert (config.model.name, config.training.max_steps) == ("cnn", 20)


def test_no_run_is_left_where_its_version_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_format, "write", fail)
    with pytest.raises(Problem, match="the run cannot be written \\(No space left on device\\)"):
        start(build_config({"output": {"runs_dir": str(tmp_path), "name": "run"}}))
    assert list(tmp_path.iterdir()) == []
