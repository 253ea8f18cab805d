"""A run made by a newer version: an error with exit code 2 when it is named, a line in the list."""

import json
from pathlib import Path

import pytest
from commands import bertcls, json_of

from core.runs.directory import RunDirectory
from core.runs.run_format import FILE


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    run = RunDirectory.create(tmp_path, "newer", unique=True)
    run.write_config("")
    (run.path / FILE).write_text(json.dumps({"version": 99, "program": "bertcls-tui 9.9"}))
    return tmp_path


@pytest.mark.parametrize("verb", ["attach", "resume", "report", "stop"])
def test_a_run_of_a_newer_version_is_rejected(runs: Path, verb: str) -> None:
    found = bertcls(verb, "newer", "--runs-dir", runs)
    assert found.returncode == 2
    assert "this run has format version 99" in found.stderr
    assert "Use the program that wrote it (bertcls-tui 9.9)" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_run_of_a_newer_version_is_listed(runs: Path) -> None:
    (summary,) = json_of("list", "--runs-dir", runs)
    assert (summary["name"], summary["state"]) == ("newer", "unreadable")
    found = bertcls("list", "--runs-dir", runs)
    assert found.returncode == 0
    assert "newer: " in found.stdout
    assert "this run has format version 99" in found.stdout
