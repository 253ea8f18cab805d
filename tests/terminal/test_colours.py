"""Terminals with few or no colours: words carry the information of colours."""

import re

from pseudo_terminal import Open, PseudoTerminal
from slow_run import SlowRun

COLOURS = {*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108)}
MANY_COLOURS = {38, 48}


def sgr_codes(raw: bytes) -> set[int]:
    """All parameters of SGR sequences."""
    sequences = re.findall(rb"\x1b\[([0-9;]*)m", raw)
    return {int(code or 0) for sequence in sequences for code in sequence.split(b";")}


def check_words_of_the_watch_screen(terminal: PseudoTerminal) -> None:
    """Go through the watch screen and its dialogs, and expect their words."""
    terminal.wait_for("slow · training", "patience", "0 of 5", "train", "smoothed", "● validation")
    terminal.wait_for("eval accuracy", "2 labels")
    terminal.send("p")
    terminal.wait_for("slow · paused", "pause: acknowledged")
    terminal.send("?")
    terminal.wait_for("esc closes")
    terminal.send("\x1b")
    terminal.wait_until(lambda text: "esc closes" not in text)
    terminal.send("/")
    terminal.wait_for("leave the input")
    terminal.send("\x1b")
    terminal.wait_for("q quit")
    terminal.send("q")
    terminal.wait_for("The run is paused.", "d  detach")


def test_the_watch_screen_obeys_no_color(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal("attach", "slow", environment={"NO_COLOR": "1"})
    check_words_of_the_watch_screen(terminal)
    assert not sgr_codes(terminal.raw) & COLOURS
    assert 1 in sgr_codes(terminal.raw), "what counts is still bold"
    terminal.wait_until(lambda _: "d  detach" in terminal.marked)


def test_the_list_of_runs_obeys_no_color(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal(environment={"NO_COLOR": "1"})
    terminal.wait_for("slow", "● training", "x delete")
    assert not sgr_codes(terminal.raw) & COLOURS
    terminal.wait_until(lambda _: "slow" in terminal.marked)


def test_the_watch_screen_is_readable_with_sixteen_colours(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal("attach", "slow", environment={"TERM": "xterm"})
    check_words_of_the_watch_screen(terminal)
    assert not sgr_codes(terminal.raw) & MANY_COLOURS
    assert not terminal.unreadable


def test_the_list_of_runs_is_readable_with_sixteen_colours(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal(environment={"TERM": "xterm"})
    terminal.wait_for("slow", "● training", "x delete")
    assert not sgr_codes(terminal.raw) & MANY_COLOURS
    assert not terminal.unreadable
