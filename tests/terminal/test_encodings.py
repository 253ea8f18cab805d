"""Terminals without UTF-8 and without escape codes: screens in ASCII, lines instead of screens."""

import signal

import pytest
from pseudo_terminal import Open
from slow_run import SlowRun


def test_screens_are_drawn_in_ascii_without_utf8(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal("attach", "slow", environment={"LC_ALL": "C"})
    terminal.wait_for("bertcls  slow - training", "+- loss -", "* validation", "LC_ALL=C.UTF-8")
    terminal.send("?")
    terminal.wait_for("+- keys -", "enter")
    terminal.resize(80, 24)
    terminal.wait_for("+- keys -")
    assert terminal.raw.isascii()
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_code() == 143


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_without_escape_codes_lines_are_printed(open_terminal: Open, slow_run: SlowRun, term: str) -> None:
    terminal = open_terminal("attach", "slow", environment={"TERM": term})
    terminal.wait_for("lines are printed instead", "validation accuracy")
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_code() == 143
    assert "training continues" in terminal.text
    assert b"\x1b" not in terminal.raw
    slow_run.wait_for_more_steps()


def test_without_escape_codes_there_is_no_first_screen(open_terminal: Open) -> None:
    terminal = open_terminal(environment={"TERM": "dumb"})
    assert terminal.exit_code() == 2
    assert "TERM=dumb has no screens" in terminal.text


@pytest.mark.parametrize(
    ("encoding", "typed", "shown"),
    [("latin-1", b"caf\xe9", b"caf\xe9"), ("utf-8", b"caf\xff", "caf\ufffd".encode())],
)
def test_keys_are_read_in_the_encoding_of_the_terminal(
    open_terminal: Open, encoding: str, typed: bytes, shown: bytes
) -> None:
    """Other bytes than the encoding has do not end the app."""
    terminal = open_terminal(environment={"PYTHONIOENCODING": encoding})
    terminal.wait_for("no runs")
    terminal.send("\x10")
    terminal.wait_for("Search for commands")
    terminal.send(typed)
    terminal.wait_until(lambda _: shown in terminal.raw)
    terminal.send("\x11")
    assert terminal.exit_code() == 0
