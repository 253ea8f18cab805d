"""Whole runs through `bertcls-tui train` in a real terminal, with the real trainer and a tiny model."""

import csv
import re
import signal
from pathlib import Path

import pytest
from hostile import CLEAR, CLIPBOARD, MARKUP, TURN, is_harmless
from pseudo_terminal import Open
from small_runs import Small
from waiting import wait_until

from core.runs.checkpoints import complete
from core.runs.directory import RunDirectory
from core.runs.history import read_history

# Seconds. Trainer and engine load large libraries, perhaps at the same time on a busy machine.
SLOW = 240.0
LABELS = {"negative": f"bad{MARKUP}{CLEAR}", "positive": f"good{TURN}{CLIPBOARD}"}
LABELS_SHOWN = ["bad[bold]m[/]␛[2J", "good⟨U+202E⟩␛]52;c;eA==␇"]


@pytest.fixture
def hostile_data(small: Small, tmp_path: Path) -> Path:
    """The small training data with escape codes in the labels."""
    path = tmp_path / "hostile.csv"
    with small.train.open(newline="") as source, path.open("w", newline="") as target:
        rows = [(row["text"], LABELS[row["label"]]) for row in csv.DictReader(source)]
        csv.writer(target).writerows([("text", "label"), *rows])
    return path


def endless(data: Path, model: Path, *more: str) -> list[str]:
    """Arguments of a run that lasts longer than a test, with an evaluation every 50 steps."""
    options = {"model": model, "max-length": 48, "max-steps": 100_000, "eval-steps": 50, "patience": 10_000}
    settings = [f"--{name}={value}" for name, value in options.items()]
    return ["train", str(data), *settings, "--device=cpu", "--precision=fp32", "--name=real", *more]


def test_a_run_is_trained_tried_detached_and_attached_again(
    open_terminal: Open, small: Small, hostile_data: Path, runs_dir: Path
) -> None:
    terminal = open_terminal(*endless(hostile_data, small.model))
    terminal.wait_for("real · training", "▲", "try it · best @", timeout=SLOW)
    terminal.send("/")
    terminal.wait_for("leave the input")
    terminal.send("a fine film\r")
    terminal.wait_for(*LABELS_SHOWN, " ms ─", timeout=SLOW)
    assert is_harmless(terminal.raw)
    terminal.hang_up()
    assert terminal.exit_code() == -signal.SIGHUP
    run = RunDirectory(runs_dir / "real")
    trained = read_history(run).step
    wait_until(lambda: read_history(run).step > trained)
    again = open_terminal("attach", "real")
    again.wait_until(lambda text: (found := re.search(r"step (\d+)/", text)) and int(found[1]) > trained)
    again.wait_for("s stop")
    again.send("s")
    again.wait_for("real · stopped")
    again.send("q")
    assert again.exit_code() == 0
    assert "real: stopped at step" in again.afterwards


def test_rejected_data_give_one_sentence_and_no_run(
    open_terminal: Open, small: Small, tmp_path: Path, runs_dir: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("text,label\n" + "".join(f"text number {number},same\n" for number in range(20)))
    terminal = open_terminal("train", str(bad), "--model", str(small.model))
    assert terminal.exit_code(SLOW) == 2
    assert b"\x1b[?1049h" in terminal.raw, "the screen was there while the data were read"
    assert re.fullmatch(r"bertcls-tui: [^\n]*label[^\n]*", terminal.afterwards.strip())
    assert b"Traceback" not in terminal.raw
    assert not list(runs_dir.iterdir())


def test_the_first_ctrl_c_stops_with_a_checkpoint(open_terminal: Open, small: Small, runs_dir: Path) -> None:
    terminal = open_terminal(*endless(small.train, small.model, "--headless"))
    terminal.wait_for("━", "training", "/100000", "loss", "ETA", "validation accuracy", timeout=SLOW)
    terminal.send("\x03")
    assert terminal.exit_code() == 130
    assert "Stopping after this step, with a checkpoint." in terminal.afterwards
    run = RunDirectory(runs_dir / "real")
    history = read_history(run)
    assert history.ended is not None
    assert history.ended.reason == "stopped"
    assert complete(run)[-1].step == history.ended.step
    assert f"stopped at step {history.ended.step}" in terminal.afterwards
    assert not run.is_alive
