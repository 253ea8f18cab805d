"""The watch screen in a real terminal: keys and sizes."""

import re

import pytest
from pseudo_terminal import Open, PseudoTerminal
from slow_run import SlowRun

CTRL_P, ESCAPE = "\x10", "\x1b"
CONTINUES_MESSAGE = "slow continues in the background; `bertcls-tui attach slow` shows it again"
WIDE, TALL, SMALL, TOO_SMALL = (120, 36), (120, 50), (80, 24), (50, 12)
QUESTION = "The run is still active."


@pytest.fixture
def watched(open_terminal: Open, slow_run: SlowRun) -> PseudoTerminal:
    terminal = open_terminal("attach", "slow")
    terminal.wait_for("slow · training", "p pause")
    return terminal


def test_pause_and_resume_are_acknowledged(watched: PseudoTerminal, slow_run: SlowRun) -> None:
    watched.send("p")
    watched.wait_for("pause: acknowledged at step", "slow · paused", "p resume")
    assert slow_run.history.paused
    watched.send("p")
    watched.wait_for("resume: acknowledged at step", "slow · training", "p pause")
    slow_run.wait_for_more_steps()


@pytest.mark.parametrize(("key", "name"), [("e", "evaluate"), ("c", "checkpoint")])
def test_evaluation_and_checkpoint_requests_are_acknowledged(
    watched: PseudoTerminal, key: str, name: str
) -> None:
    watched.send(key)
    watched.wait_for(f"{name}: acknowledged at step")


def test_stop_ends_the_run_and_q_then_quits_without_a_question(
    watched: PseudoTerminal, slow_run: SlowRun
) -> None:
    watched.send("s")
    watched.wait_for("slow · stopped", "stop: acknowledged")
    assert slow_run.trainer.wait() == 0
    watched.send("q")
    assert watched.exit_code() == 0
    assert f"slow: stopped at step {slow_run.history.step}" in watched.afterwards


@pytest.mark.parametrize("keys", [("d",), ("q", "d")], ids=["d", "q and d"])
def test_detaching_says_how_to_attach_again(
    watched: PseudoTerminal, slow_run: SlowRun, keys: tuple[str, ...]
) -> None:
    watched.send(keys[0])
    for key in keys[1:]:
        watched.wait_for(QUESTION)
        watched.send(key)
    assert watched.exit_code() == 0
    assert watched.afterwards.strip() == CONTINUES_MESSAGE
    slow_run.wait_for_more_steps()


def test_quitting_can_be_cancelled_or_stop_the_run(watched: PseudoTerminal, slow_run: SlowRun) -> None:
    watched.send("q")
    watched.wait_for(QUESTION)
    watched.send(ESCAPE)
    watched.wait_until(lambda text: QUESTION not in text)
    watched.send("q")
    watched.wait_for(QUESTION)
    watched.send("s")
    assert watched.exit_code() == 0
    assert slow_run.trainer.wait() == 0
    assert f"slow: stopped at step {slow_run.history.step}" in watched.afterwards


def test_help_and_palette_open_and_close(watched: PseudoTerminal) -> None:
    for key, sign in (("?", "esc closes"), (CTRL_P, "Search for commands")):
        watched.send(key)
        watched.wait_for(sign)
        watched.send(ESCAPE)
        watched.wait_until(lambda text, sign=sign: sign not in text)
    watched.wait_for("slow · training")


def test_every_size_has_its_layout(watched: PseudoTerminal) -> None:
    watched.wait_for("─ loss ─", "─ accuracy ─", "─ early stopping ─", "─ try it", "? help")
    watched.resize(*SMALL)
    watched.wait_for("[1 chart]", "─ loss ─", "patience", "ETA", "? help")
    watched.wait_until(lambda text: "─ early stopping ─" not in text)
    watched.resize(*TOO_SMALL)
    watched.wait_for("60×15 is needed", "the terminal is 50×12")
    watched.wait_until(lambda text: "[1 chart]" not in text)
    watched.resize(*SMALL)
    watched.wait_for("[1 chart]", "─ loss ─")
    for size in (WIDE, TALL):
        watched.resize(*size)
        watched.wait_for("─ loss ─", "─ accuracy ─", "─ early stopping ─", "─ try it")
        watched.wait_until(lambda text: "is needed" not in text and "[1 chart]" not in text)
    assert "Traceback" not in watched.text


@pytest.mark.parametrize("size", [WIDE, SMALL, TOO_SMALL], ids=["wide", "small", "too small"])
def test_quitting_works_at_every_size(
    watched: PseudoTerminal, slow_run: SlowRun, size: tuple[int, int]
) -> None:
    watched.resize(*size)
    watched.wait_until(lambda text: "is needed" in text or "[1 chart]" in text or size == WIDE)
    watched.send("q")
    watched.wait_for(QUESTION)
    watched.send("d")
    assert watched.exit_code() == 0
    assert watched.afterwards.strip() == CONTINUES_MESSAGE
    slow_run.wait_for_more_steps()


def test_two_apps_show_the_same_run_and_each_can_steer_it(open_terminal: Open, slow_run: SlowRun) -> None:
    first, second = open_terminal("attach", "slow"), open_terminal("attach", "slow")
    for terminal in (first, second):
        terminal.wait_for("slow · training", "p pause")
    first.send("p")
    first.wait_for("pause: acknowledged")
    step = slow_run.history.step
    for terminal in (first, second):
        terminal.wait_for(f"slow · paused · step {step}/100000")
    second.wait_for("p resume")
    second.send("p")
    second.wait_for("resume: acknowledged")
    for terminal in (first, second):
        terminal.wait_for("slow · training")
        terminal.wait_until(lambda text: step_shown(text) > step)


def step_shown(text: str) -> int:
    """The step in the status line, or 0 if there is none."""
    found = re.search(r"step (\d+)/", text)
    return int(found[1]) if found else 0
