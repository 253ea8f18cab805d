"""Escape codes in texts of a run are shown and not executed."""

from pathlib import Path

import msgspec
import pytest
from hostile import CLEAR, HOSTILE, MARKUP, SHOWN, TURN, is_harmless
from pseudo_terminal import Open
from slow_trainer import plan, step_event

from core.config import RunConfig
from core.runs.directory import RunDirectory
from core.runs.events import EventWriter, Launched, RunEnded, RunStarted, Stage, Warned

NAME = f"evil{MARKUP[:6]}{CLEAR}{TURN}"
NAME_SHOWN = "evil[bold]␛[2J⟨U+202E⟩"


@pytest.fixture
def hostile_run(runs_dir: Path) -> RunDirectory:
    """A failed run in which every text and the name are hostile."""
    run = RunDirectory(runs_dir / NAME)
    run.path.mkdir(parents=True)
    run.write_config(RunConfig().to_toml())
    splits = [msgspec.structs.replace(split, source=HOSTILE) for split in plan().splits]
    hostile_plan = plan(
        model=HOSTILE, labels=[HOSTILE, "other"], text_column=HOSTILE, splits=splits, warnings=[HOSTILE]
    )
    events = EventWriter(run.events)
    for event in (
        Launched(pid=1),
        Stage(name=HOSTILE),
        RunStarted(plan=hostile_plan, pid=1, host=HOSTILE, device_name=HOSTILE),
        step_event(1),
        Warned(message=f"warned {HOSTILE}"),
        RunEnded(reason="failed", step=1, error=f"error {HOSTILE}"),
    ):
        events.write(event)
    events.close()
    run.log.write_text(f"logged {HOSTILE}\n", encoding="utf-8")
    return run


def test_the_watch_screen_shows_hostile_text(open_terminal: Open, hostile_run: RunDirectory) -> None:
    terminal = open_terminal("attach", str(hostile_run.path), columns=160, rows=50)
    terminal.wait_for(NAME_SHOWN, f"failed: error {SHOWN}", f"logged {SHOWN}")
    terminal.send("l")
    terminal.wait_for("─ trainer.log ─", f"logged {SHOWN}")
    terminal.send("l")
    terminal.wait_for("─ early stopping ─")
    terminal.resize(80, 24)
    terminal.wait_for("[1 chart]")
    terminal.send("3")
    terminal.wait_for("[3 run 2!]", f"! {SHOWN}", f"! warned {SHOWN}")
    terminal.send("q")
    assert terminal.exit_code() == 1
    assert f"error {SHOWN}" in terminal.afterwards
    assert is_harmless(terminal.raw)


def test_the_list_of_runs_and_the_palette_show_hostile_text(
    open_terminal: Open, hostile_run: RunDirectory
) -> None:
    terminal = open_terminal(columns=160)
    terminal.wait_for(NAME_SHOWN, f"error {SHOWN}", "✗ failed")
    terminal.send("x")
    terminal.wait_for(f"Delete {NAME_SHOWN}?")
    terminal.send("\x1b")
    terminal.wait_until(lambda text: "Delete evil" not in text)
    terminal.send("\x10")
    terminal.wait_for("Search for commands")
    terminal.send("evil")
    terminal.wait_for(f"Attach {NAME_SHOWN}")
    assert is_harmless(terminal.raw)


@pytest.mark.parametrize("arguments", [("list",), ("attach", "--headless"), ("list", "--json")])
def test_the_command_line_shows_hostile_text(
    open_terminal: Open, hostile_run: RunDirectory, arguments: tuple[str, ...]
) -> None:
    terminal = open_terminal(*arguments, columns=200)
    terminal.exit_code()
    assert b"evil" in terminal.raw or b"warned" in terminal.raw
    assert is_harmless(terminal.raw)
