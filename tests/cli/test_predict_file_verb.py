"""`predict --file`: errors before it starts, and how it continues after an interruption."""

import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import begin, bertcls

from core.runs.directory import RunDirectory

MANY = 16_000


def arguments(run: RunDirectory, folder: Path, *more: object) -> list[object]:
    files = ["--file", folder / "in.csv", "--output", folder / "out.csv"]
    return ["predict", run.path, *files, "--device", "cpu", *more]


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ([], "out.csv: the file already exists. Choose another --output, or give --overwrite."),
        (["--output", "FOLDER/in.csv", "--overwrite"], "the output is the file that is read"),
        (["--overwrite", "--text-column", "body"], "body"),
        (["--overwrite", "--file", "gone.csv"], "gone.csv: no such file"),
    ],
)
def test_a_usage_error_is_one_sentence_and_changes_nothing(
    finished_run: RunDirectory, tmp_path: Path, options: list[str], part: str
) -> None:
    (tmp_path / "in.csv").write_text("id,text\n1,A fine film.\n")
    (tmp_path / "out.csv").write_text("from before")
    more = [option.replace("FOLDER", str(tmp_path)) for option in options]
    found = bertcls(*arguments(finished_run, tmp_path, *more))
    assert (found.returncode, found.stdout) == (2, "")
    (line,) = found.stderr.splitlines()
    assert part in line
    assert (tmp_path / "out.csv").read_text() == "from before"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_after_an_interruption_the_same_command_continues(
    finished_run: RunDirectory, tmp_path: Path, number: signal.Signals
) -> None:
    text = "A film that I would see again and again. " * 30
    rows = "".join(f"{row},{text}\n" for row in range(MANY))
    (tmp_path / "in.csv").write_text(f"id,text\n{rows}")
    process = begin(*arguments(finished_run, tmp_path), runs_dir=tmp_path)
    written = tmp_path / ".out.csv.writing"
    wait_until(lambda: written.exists() and written.stat().st_size > len(text), process)
    process.send_signal(number)
    out, err = process.communicate()
    assert (process.returncode, out) == ({signal.SIGINT: 130}.get(number, -number), "")
    kept = None
    if number == signal.SIGINT:
        kept = re.fullmatch(
            r"bertcls-tui: interrupted; (\S+) rows are kept. Run the same command to continue after them.",
            err.splitlines()[-1],
        )
        assert kept
    assert not (tmp_path / "out.csv").exists()
    found = bertcls(*arguments(finished_run, tmp_path))
    assert found.returncode == 0
    beginning, *progress = found.stderr.splitlines()
    assert beginning.startswith(f"continues after {kept[1]} rows" if kept else "continues after ")
    assert all(" · " in line for line in progress)  # progress lines, if it takes long
    assert f"\n{MANY:,} texts classified" in found.stdout
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [str(row) for row in range(MANY)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
