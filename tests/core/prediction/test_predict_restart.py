"""predict --file continues after an interruption and writes the same output as without one."""

import fcntl
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from light_predictor import light
from prediction_files import classify, ignore, read, write
from small_disk import small_disk

from core.prediction import partial_output, progress, windows
from core.prediction.files import FileTask
from core.prediction.predictor import Predictor
from core.prediction.row_formats import SUFFIXES
from core.problems import Problem
from core.runs.directory import RunDirectory

PROGRAM = Path(__file__).with_name("light_predictor.py")
ROWS = [{"id": str(number), "text": f"text {number} " * (number % 9)} for number in range(200)]


class Stopped(Exception):
    """The task was interrupted."""


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "CHARACTERS", 500)
    monkeypatch.setattr(partial_output, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "INTERVAL", 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write(tmp_path / "in.csv", ROWS)
    return tmp_path / "in.csv"


def stop_at(number: int) -> Any:
    def on_progress(message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
        nonlocal number
        number -= 1
        if not number:
            raise Stopped

    return on_progress


def begin(predictor: Any, file: Path, output: Path, number: int = 150) -> None:
    """Classify until the progress report with this number, then stop."""
    with pytest.raises(Stopped):
        FileTask.prepare(str(file), str(output)).run(predictor, stop_at(number))


@pytest.mark.parametrize("when", ["progress", "disk"])
@pytest.mark.parametrize("extension", SUFFIXES)
def test_repeated_kills_do_not_change_the_output(
    tmp_path: Path, file: Path, extension: str, when: str
) -> None:
    whole = classify(light(), file, tmp_path / f"whole{extension}")
    output = tmp_path / f"out{extension}"
    numbers = random.Random(f"{extension} {when}")
    for _ in range(3):
        number = numbers.randint(2, 70 if when == "progress" else 12)
        ended = subprocess.run([sys.executable, "-P", PROGRAM, file, output, when, str(number)])
        assert ended.returncode == -signal.SIGKILL
        assert not output.exists()
    found = classify(light(), file, output)
    assert found.beginning.startswith("continues after ")
    assert output.read_bytes() == (tmp_path / f"whole{extension}").read_bytes()
    assert (found.labels, found.truncated, found.rows) == (whole.labels, whole.truncated, 200)
    assert found.warnings == whole.warnings
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", output.name, f"whole{extension}"}


def test_an_interruption_does_not_change_the_output_of_a_real_classifier(
    finished_run: RunDirectory, tmp_path: Path, file: Path
) -> None:
    """Batches have the same texts as without the interruption."""
    predictor = Predictor.load(finished_run, "last", device="cpu")
    classify(predictor, file, tmp_path / "whole.csv")
    begin(predictor, file, tmp_path / "out.csv", number=12)
    classify(predictor, file, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_progress_says_that_the_task_continues(tmp_path: Path, file: Path) -> None:
    begin(light(), file, tmp_path / "out.csv")
    reported: list[str] = []
    noted: list[str] = []

    def on_progress(message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
        reported.append(message)
        if notable:
            noted.append(message)

    found = FileTask.prepare(str(file), str(tmp_path / "out.csv")).run(light(), on_progress)
    assert noted == reported[:1] == [found.beginning]
    done = found.beginning.removeprefix("continues after ").removesuffix(" rows")
    assert 0 < int(done) < 200
    assert reported[-1].startswith("200 rows, ")
    assert reported[-1].endswith(f"({done} done before)")


def test_rows_that_are_done_are_read_but_not_classified_again(tmp_path: Path, file: Path) -> None:
    begin(light(), file, tmp_path / "out.csv")
    classified: list[str] = []
    predictor = light()
    encode = predictor.encode
    predictor.encode = lambda texts: classified.extend(texts) or encode(texts)
    found = classify(predictor, file, tmp_path / "out.csv")
    first = int(found.beginning.removeprefix("continues after ").removesuffix(" rows"))
    assert classified == [row["text"] for row in ROWS[first:] if row["text"]]


def test_chunks_that_are_done_are_skipped(tmp_path: Path) -> None:
    """The reader returns chunks of 4,096 rows."""
    write(tmp_path / "in.csv", [{"text": f"text {number}"} for number in range(9000)])
    begin(light(), tmp_path / "in.csv", tmp_path / "out.csv", number=8700)
    reported: list[str] = []
    task = FileTask.prepare(str(tmp_path / "in.csv"), str(tmp_path / "out.csv"))
    task.run(light(), lambda message, *_, **__: reported.append(message))
    assert reported[1].startswith("skipping ")
    rows = read(tmp_path / "out.csv")
    assert [row["text"] for row in rows] == [f"text {number}" for number in range(9000)]


def other_file(file: Path) -> dict[str, Any]:
    write(file, [*ROWS, {"id": "200", "text": "one more"}])
    return {}


def touched_file(file: Path) -> dict[str, Any]:
    file.touch()
    return {}


@pytest.mark.parametrize(
    ("change", "step", "part"),
    [
        (other_file, 20, "the file has changed since"),
        (touched_file, 20, "the file has changed since"),
        (lambda file: {}, 21, "the checkpoint has changed since"),
        (lambda file: {"text_column": "id"}, 20, "the text column has changed since"),
        (lambda file: {"encoding": "latin-1"}, 20, "the file is to be read with other options"),
    ],
)
def test_a_changed_input_checkpoint_or_option_starts_over(
    tmp_path: Path, file: Path, change: Any, step: int, part: str
) -> None:
    begin(light(), file, tmp_path / "out.csv")
    options = change(file)
    found = classify(light(step), file, tmp_path / "out.csv", **options)
    assert found.beginning == f"started over: {part}"
    whole = classify(light(step), file, tmp_path / "whole.csv", **options)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert found.labels == whole.labels


def test_another_input_file_for_the_same_output_starts_over(tmp_path: Path, file: Path) -> None:
    begin(light(), file, tmp_path / "out.csv")
    write(tmp_path / "other.csv", ROWS[:5])
    found = classify(light(), tmp_path / "other.csv", tmp_path / "out.csv")
    assert (found.rows, found.beginning) == (5, "started over: it was written from another file")


def test_rows_written_after_the_last_tally_are_cut_off(tmp_path: Path, file: Path) -> None:
    classify(light(), file, tmp_path / "whole.csv")
    begin(light(), file, tmp_path / "out.csv")
    with (tmp_path / ".out.csv.writing").open("a") as stream:
        stream.write('199,"half a ro')
    classify(light(), file, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        (".out.csv.tally", "{}", "the tally cannot be read"),
        (".out.csv.tally", "garbage", "the tally cannot be read"),
        (".out.csv.writing", "", "the rows are gone"),
    ],
)
def test_damaged_partial_output_starts_over(
    tmp_path: Path, file: Path, name: str, content: str, part: str
) -> None:
    begin(light(), file, tmp_path / "out.csv")
    (tmp_path / name).write_text(content)
    assert classify(light(), file, tmp_path / "out.csv").beginning == f"started over: {part}"
    assert len(read(tmp_path / "out.csv")) == 200


def test_no_files_are_left_when_no_row_was_classified(tmp_path: Path, file: Path) -> None:
    begin(light(), file, tmp_path / "out.csv", number=1)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("extension", SUFFIXES)
def test_the_task_continues_after_a_write_error(tmp_path: Path, file: Path, extension: str) -> None:
    """A file size limit makes writes fail, as a full disk does."""
    classify(light(), file, tmp_path / f"whole{extension}")
    output = tmp_path / f"out{extension}"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    task = FileTask.prepare(str(file), str(output))
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, hard))
    try:
        with pytest.raises(Problem, match="cannot be written.*The same command continues") as caught:
            task.run(light(), ignore)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(output) in str(caught.value)
    assert not output.exists()
    assert classify(light(), file, output).beginning.startswith("continues after ")
    assert output.read_bytes() == (tmp_path / f"whole{extension}").read_bytes()


def test_a_full_disk_at_the_final_rename_keeps_the_predictions(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.csv").write_text("from before")
    replace = Path.replace

    def full(source: Path, target: Path) -> Path:
        if target.name == "out.csv":
            raise OSError(28, "No space left on device")
        return replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(Problem, match="No space left on device"):
            classify(light(), file, tmp_path / "out.csv", overwrite=True)
    assert (tmp_path / "out.csv").read_text() == "from before"
    found = classify(light(), file, tmp_path / "out.csv", overwrite=True)
    assert found.beginning == "continues after 200 rows"
    assert len(read(tmp_path / "out.csv")) == 200


def test_only_one_process_writes_an_output(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial_output, "LOCK_SECONDS", 0.0)
    begin(light(), file, tmp_path / "out.csv")
    with (tmp_path / ".out.csv.writing").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Problem, match="another process is writing it"):
            classify(light(), file, tmp_path / "out.csv")
    assert classify(light(), file, tmp_path / "out.csv").beginning.startswith("continues after ")


def test_an_unreadable_row_keeps_the_rows_already_classified(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", [{"text": f"text {number}"} for number in range(9000)])
    with (tmp_path / "in.csv").open("a") as stream:
        stream.write("one,too many\n")
    with pytest.raises(Problem, match=":9002:"):
        classify(light(), tmp_path / "in.csv", tmp_path / "out.csv")
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", ".out.csv.writing", ".out.csv.tally"}


def test_a_full_disk_keeps_the_rows_that_fit(tmp_path: Path, file: Path) -> None:
    classify(light(), file, tmp_path / "whole.csv")
    (place := tmp_path / "disk").mkdir()
    with small_disk(place, 1 << 20) as disk:
        output = disk.path / "out.csv"
        disk.fill(leave=8 << 10)
        with pytest.raises(Problem, match="cannot be written .No space left on device.*The same command"):
            classify(light(), file, output)
        disk.make_space()
        assert classify(light(), file, output).beginning.startswith("continues after ")
        assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
