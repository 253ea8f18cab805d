"""Output that is lost or cannot be encoded: exit codes, replaced characters, never a traceback."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from commands import COMMAND, bertcls, environment

from core.runs.directory import RunDirectory


def shell(redirection: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """The result of a command whose standard streams are redirected by a shell."""
    script = f'"$0" "$@" {redirection}; exit ${{PIPESTATUS[0]}}'
    return subprocess.run(
        ["bash", "-c", script, COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment() | variables,
        timeout=180,
    )


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_lost_output_fails_a_verb_that_only_prints(redirection: str, tmp_path: Path) -> None:
    found = shell(redirection, "list", "--runs-dir", tmp_path)
    assert found.returncode == 1
    (line,) = found.stderr.decode().splitlines()
    assert line.startswith("bertcls-tui: Output is lost (")


def test_a_reader_that_leaves_is_no_fault(tmp_path: Path) -> None:
    found = shell("| true", "list", "--runs-dir", tmp_path)
    assert (found.returncode, found.stderr) == (0, b"")


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_lost_output_leaves_the_exit_code_of_a_run(redirection: str, finished_run: RunDirectory) -> None:
    found = shell(redirection, "attach", finished_run.path, "--headless")
    assert found.returncode == 0
    assert [line[:28] for line in found.stderr.decode().splitlines()] == ["bertcls-tui: Output is lost "]


@pytest.mark.parametrize("redirection", ["<&-", "2>&-", "2>/dev/full", "<&- 2>&-"])
def test_other_streams_may_be_closed(redirection: str, finished_run: RunDirectory) -> None:
    found = shell(redirection, "attach", finished_run.path, "--headless")
    assert (found.returncode, found.stderr) == (0, b"")
    assert b"finished at step 20" in found.stdout


def test_a_problem_keeps_its_exit_code_where_nothing_can_be_printed(tmp_path: Path) -> None:
    assert shell(">&- 2>&- <&-", "check", tmp_path / "gone.csv").returncode == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk", "shift_jis"])
def test_characters_that_the_encoding_lacks_are_replaced(encoding: str, tmp_path: Path) -> None:
    folder = tmp_path / "Läufe ✓ 電影 👍"
    variables = {"PYTHONIOENCODING": encoding}
    found = shell("", "list", "--runs-dir", folder, **variables)
    assert (found.returncode, found.stderr) == (0, b"")
    shown = {"ascii": r"L\xe4ufe v \u96fb\u5f71", "latin-1": r"Läufe v \u96fb\u5f71"}
    others = {"gbk": r"L\xe4ufe v 電影", "shift_jis": r"L\xe4ufe v 電影"}
    assert (shown | others)[encoding] in found.stdout.decode(encoding)
    assert r"\U0001f44d" in found.stdout.decode(encoding)
    error = shell("", "attach", "--runs-dir", folder, "läuft…", **variables)
    assert error.returncode == 2
    assert "no such run" in error.stderr.decode(encoding)


def test_json_is_lossless_in_any_encoding(finished_run: RunDirectory, tmp_path: Path) -> None:
    link = tmp_path / "läufe ✓"
    link.symlink_to(finished_run.path.parent)
    for encoding in ("utf-8", "latin-1", "gbk"):
        found = shell("", "list", "--json", "--runs-dir", link, PYTHONIOENCODING=encoding)
        assert found.returncode == 0
        assert "✓" in json.loads(found.stdout)[0]["path"]
        assert ("✓".encode() in found.stdout) == (encoding == "utf-8")


def test_a_terminal_or_pipe_that_does_not_block_loses_nothing(finished_run: RunDirectory) -> None:
    """Another program that shares a pipe may have made it non-blocking."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    process = subprocess.Popen(
        [COMMAND, "list", "--json", "--runs-dir", str(finished_run.path.parent)],
        stdin=subprocess.DEVNULL,
        stdout=writing,
        env=environment(),
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as output:
        assert json.loads(output.read())
    assert process.wait() == 0


def test_the_folder_of_runs_may_be_named_before_the_verb(finished_run: RunDirectory, tmp_path: Path) -> None:
    folder = finished_run.path.parent
    assert "finished" in bertcls("--runs-dir", folder, "list").stdout
    assert "finished" in bertcls("--runs-dir", tmp_path, "list", "--runs-dir", folder).stdout
    assert "no such run" in bertcls("--runs-dir", tmp_path, "attach", "finished").stderr
