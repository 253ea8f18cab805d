"""The list of runs in a real terminal."""

from pathlib import Path

from pseudo_terminal import Open
from slow_run import SlowRun

from core.config import RunConfig
from core.runs.directory import RunDirectory
from core.runs.events import EventWriter, RunEnded

ESCAPE = "\x1b"


def ended_run(runs_dir: Path, name: str) -> RunDirectory:
    run = RunDirectory.create(runs_dir, name, unique=True)
    run.write_config(RunConfig().to_toml())
    events = EventWriter(run.events)
    events.write(RunEnded(reason="stopped", step=7))
    events.close()
    return run


def test_runs_and_states_are_listed_and_n_opens_the_form_for_a_new_run(
    open_terminal: Open, runs_dir: Path, slow_run: SlowRun
) -> None:
    ended_run(runs_dir, "older")
    terminal = open_terminal()
    screen = terminal.wait_for("2 runs", "n new run", "slow", "older")
    lines = {name: next(line for line in screen.splitlines() if name in line) for name in ("slow", "older")}
    assert "● training" in lines["slow"]
    assert "■ stopped" in lines["older"]
    terminal.send("n")
    terminal.wait_for("new run", "learning rate")
    terminal.send(ESCAPE)
    terminal.wait_for("2 runs", "n new run")
    terminal.send("q")
    assert terminal.exit_code() == 0
    assert terminal.afterwards.strip() == ""
    slow_run.wait_for_more_steps()


def test_a_run_is_deleted_only_after_confirmation(open_terminal: Open, runs_dir: Path) -> None:
    run = ended_run(runs_dir, "older")
    terminal = open_terminal()
    terminal.wait_for("1 run", "x delete")
    terminal.send("x")
    terminal.wait_for("Delete older?")
    terminal.send("n")
    terminal.wait_until(lambda text: "Delete older?" not in text)
    assert run.path.exists()
    terminal.send("x")
    terminal.wait_for("Delete older?")
    terminal.send("y")
    terminal.wait_for("no runs")
    assert not run.path.exists()


def test_enter_watches_a_run_and_escape_returns(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal()
    terminal.wait_for("1 run", "● training", "⏎ attach")
    terminal.send("\r")
    terminal.wait_for("slow · training", "p pause")
    terminal.send(ESCAPE)
    terminal.wait_for("1 run", "● training")
    terminal.send("q")
    assert terminal.exit_code() == 0
    slow_run.wait_for_more_steps()
