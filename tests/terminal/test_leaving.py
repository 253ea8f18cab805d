"""Ways to leave or lose the app: the run continues, the terminal is clean, the app ends."""

import os
import pty
import signal

import pytest
from pseudo_terminal import Open
from slow_run import SlowRun

TERMINATED = 128 + signal.SIGTERM
CLEAN = (
    b"\x1b[?2004l",  # bracketed paste off
    b"\x1b[?1000l",  # mouse reporting off
    b"\x1b[?1003l",
    b"\x1b[?1006l",
    b"\x1b[?1049l",  # the normal screen
    b"\x1b[?25h",  # cursor shown
)
UNCLEAN = (b"\x1b[?2004h", b"\x1b[?1000h", b"\x1b[?1003h", b"\x1b[?1006h", b"\x1b[?1049h", b"\x1b[?25l")


def leaves_clean_terminal(raw: bytes) -> bool:
    """Whether every terminal mode that was switched on was switched off again."""
    return all(raw.rfind(off) > raw.rfind(on) for off, on in zip(CLEAN, UNCLEAN, strict=True))


@pytest.mark.parametrize("loss", ["the signal", "the terminal"])
def test_a_lost_connection_ends_only_the_app_and_attach_shows_the_whole_curve(
    open_terminal: Open, slow_run: SlowRun, loss: str
) -> None:
    first = open_terminal("attach", "slow")
    first.wait_for("slow · training", "p pause")
    if loss == "the signal":
        first.signal(signal.SIGHUP)
    else:
        first.hang_up()
    assert first.exit_code() == -signal.SIGHUP
    slow_run.wait_for_more_steps()
    trained = slow_run.history.step
    second = open_terminal("attach", "slow")
    screen = second.wait_for("slow · training", "/100000")
    shown = int(screen.split("step ", 1)[1].split("/", 1)[0])
    assert shown >= trained
    second.wait_for("┤")


def test_a_lost_terminal_ends_an_app_that_ignores_the_hang_up(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal("attach", "slow", before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    terminal.wait_for("slow · training")
    terminal.hang_up()
    assert terminal.exit_code() == -signal.SIGHUP
    slow_run.wait_for_more_steps()


def test_the_end_of_standard_input_ends_the_app(open_terminal: Open, slow_run: SlowRun) -> None:
    master, keys = pty.openpty()
    terminal = open_terminal("attach", "slow", stdin=keys)
    os.close(keys)
    terminal.wait_for("slow · training")
    os.close(master)
    assert terminal.exit_code() != 0
    slow_run.wait_for_more_steps()


def test_without_standard_input_attach_prints_lines(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal("attach", "slow", before=lambda: os.close(0))
    terminal.wait_for("validation accuracy")
    terminal.signal(signal.SIGINT)
    assert terminal.exit_code() == 130
    assert b"Traceback" not in terminal.raw
    assert b"\x1b[?1049h" not in terminal.raw
    slow_run.wait_for_more_steps()


def test_without_standard_input_the_home_screen_is_an_error(open_terminal: Open) -> None:
    terminal = open_terminal(before=lambda: os.close(0))
    assert terminal.exit_code() == 2
    assert "no terminal" in terminal.text


@pytest.mark.parametrize("arguments", [("attach", "slow"), ()], ids=["watch", "home"])
def test_sigterm_leaves_a_clean_terminal(
    open_terminal: Open, slow_run: SlowRun, arguments: tuple[str, ...]
) -> None:
    terminal = open_terminal(*arguments)
    terminal.wait_for("slow", "training")
    assert not leaves_clean_terminal(terminal.raw)
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_code() == TERMINATED
    assert leaves_clean_terminal(terminal.raw)
    assert "Traceback" not in terminal.afterwards
    slow_run.wait_for_more_steps()


def test_killing_the_app_does_not_stop_the_run(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal("attach", "slow")
    terminal.wait_for("slow · training")
    terminal.signal(signal.SIGKILL)
    assert terminal.exit_code() == -signal.SIGKILL
    slow_run.wait_for_more_steps()
