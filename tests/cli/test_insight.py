"""`explain` and `probe` on the command line."""

import shutil
from pathlib import Path

import pytest
from commands import bertcls, json_of

from core.runs.directory import RunDirectory


@pytest.fixture
def copy(finished_run: RunDirectory, tmp_path: Path) -> Path:
    """A copy of the finished run that may be changed."""
    shutil.copytree(finished_run.path, tmp_path / "copy")
    return tmp_path / "copy"


def test_explain(finished_run: RunDirectory) -> None:
    found = json_of(
        "explain", finished_run.path, "A fine [b]film\x1b.", "--label", "negative", "--device", "cpu"
    )
    assert found["label"] == "negative"
    assert [word["word"] for word in found["words"]][:2] == ["A", "fine"]
    assert sum(abs(word["contribution"]) for word in found["words"]) == pytest.approx(1)


def test_explain_prints_a_summary_for_people(finished_run: RunDirectory) -> None:
    found = bertcls("explain", finished_run.path, "A fine film, though long.", "--which", "last")
    assert (found.returncode, found.stderr) == (0, "")
    assert "for an empty text) · last @20" in found.stdout
    assert "approximation error 0.0" in found.stdout
    assert "⁺⁺" in found.stdout or "⁻⁻" in found.stdout
    other = bertcls("explain", finished_run.path, "A fine film.", "--label", "fine")
    assert other.returncode == 2
    assert "The labels are negative, positive." in other.stderr


def test_probes_are_pinned_listed_and_unpinned(copy: Path) -> None:
    found = bertcls("probe", copy)
    assert (found.returncode, found.stderr) == (0, "")
    assert "No text is pinned in copy" in found.stdout
    found = bertcls("probe", copy, "one [b]text", "two")
    assert "one [b]text" in found.stdout
    assert "none, the run has ended" in found.stdout
    assert json_of("probe", copy, "one [b]text", "--unpin") == [{"text": "two", "points": []}]
    found = bertcls("probe", copy, "one [b]text", "--unpin")
    assert (found.returncode, found.stderr) == (0, "bertcls-tui: not pinned: one [b]text\n")
