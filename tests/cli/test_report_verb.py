"""`report`: a Markdown and an HTML report on a run."""

import shutil
from pathlib import Path

import pytest
from commands import bertcls, json_of

from core.runs.directory import RunDirectory
from core.runs.history import read_history


@pytest.fixture
def run(finished_run: RunDirectory, tmp_path: Path) -> RunDirectory:
    """A copy of the finished run, without its weights."""
    path = tmp_path / "mine"
    shutil.copytree(finished_run.path, path, ignore=shutil.ignore_patterns("checkpoints", "*.bin"))
    return RunDirectory(path)


def test_the_report_is_in_the_run_directory_and_readable_only_by_its_owner(run: RunDirectory) -> None:
    for _ in range(2):  # the second report replaces the first
        found = bertcls("report", run.path)
        assert (found.returncode, found.stderr) == (0, "")
        headline, *paths = found.stdout.splitlines()
        assert headline.startswith("mine (finished): test accuracy 0.")
        assert paths == [str(run.reports / "mine.md"), str(run.reports / "mine.html")]
    for path in map(Path, paths):
        assert path.stat().st_mode & 0o777 == 0o600
    assert run.reports.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in run.reports.iterdir()) == ["mine.html", "mine.md"]


def test_output_chooses_the_path_and_files_are_replaced_only_with_overwrite(
    run: RunDirectory, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    assert bertcls("report", run.path, "--output", page).returncode == 0
    assert page.read_text().startswith("<!DOCTYPE html>")
    page.write_text("mine")
    found = bertcls("report", run.path, "--output", page)
    assert (found.returncode, found.stdout) == (2, "")
    assert "this file is there already. --overwrite replaces it." in found.stderr
    assert page.read_text() == "mine"
    assert bertcls("report", run.path, "--output", page, "--overwrite").returncode == 0
    folder = tmp_path / "folder"
    folder.mkdir()
    assert bertcls("report", run.path, "--output", folder).returncode == 0
    assert {path.name for path in folder.iterdir()} == {"mine.md", "mine.html"}
    assert not run.reports.exists()
    found = bertcls("report", run.path, "--output", tmp_path / "report.pdf")
    assert found.returncode == 2
    assert "ends in .md or .html" in found.stderr


def test_json_has_every_fact(run: RunDirectory) -> None:
    answer = json_of("report", run.path)
    history = read_history(run)
    assert history.test is not None
    assert answer["files"] == [str(run.reports / "mine.md"), str(run.reports / "mine.html")]
    facts = answer["facts"]
    assert facts["test"]["scores"]["accuracy"] == history.test.accuracy
    assert [item["step"] for item in facts["evaluations"]] == [5, 10, 15, 20]
    assert facts["plan"]["labels"] == ["negative", "positive"]
    assert facts["environment"]["data_sha256"]
