"""Stopped, killed and resized apps, engines and trainers: nothing is lost and no process is left."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from pseudo_terminal import BERTCLS_TUI, Open
from slow_run import SlowRun
from waiting import wait_until


def test_a_suspended_app_catches_up_with_the_run(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal("attach", "slow")
    terminal.wait_for("slow · training")
    terminal.signal(signal.SIGSTOP)
    slow_run.wait_for_more_steps()
    step = slow_run.history.step + 20
    wait_until(lambda: slow_run.history.step >= step)
    terminal.signal(signal.SIGCONT)
    terminal.wait_until(lambda text: int(text.split("step ", 1)[1].split("/", 1)[0]) >= step)
    assert slow_run.is_training


def test_after_many_resizes_the_last_size_is_shown(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal("attach", "slow")
    for _ in range(20):
        terminal.wait_for("slow · training", "early stopping", "try it")
        for turn in range(60):
            terminal.resize(40 + turn * 2, 12 + turn % 30)
        # The emulated screen may keep content of an older size until the layout changes.
        terminal.resize(40, 10)
        terminal.wait_for("the terminal is 40×10")
        terminal.resize(120, 36)
    terminal.send("d")
    assert terminal.exit_code() == 0
    slow_run.wait_for_more_steps()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_no_engine_outlives_the_app(open_terminal: Open, slow_run: SlowRun, number: signal.Signals) -> None:
    """The app starts its engine when the evaluation of the run is opened."""
    terminal = open_terminal("attach", "slow")
    terminal.wait_for("slow · training")
    terminal.send("v")
    engine = wait_until(lambda: engines(terminal.process.pid))[0]
    terminal.signal(number)
    terminal.exit_code()
    wait_until(lambda: has_ended(engine))
    slow_run.wait_for_more_steps()


def engines(app: int) -> list[psutil.Process]:
    """The engine services of an app."""
    return [child for child in psutil.Process(app).children() if "core.service" in child.cmdline()]


def has_ended(process: psutil.Process) -> bool:
    """Whether the process has ended. A zombie counts as ended."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_killed_trainer_is_shown_as_interrupted(open_terminal: Open, slow_run: SlowRun) -> None:
    terminal = open_terminal("attach", "slow")
    terminal.wait_for("slow · training")
    slow_run.trainer.kill()
    terminal.wait_for("slow · interrupted", "r resume run")
    listed = open_terminal("list")
    listed.wait_for("slow", "interrupted")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
def test_a_killed_tmux_ends_the_app_and_not_the_run(
    slow_run: SlowRun, runs_dir: Path, tmp_path: Path, open_terminal: Open
) -> None:
    server = ["tmux", "-u", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    # COLUMNS and LINES of the test process are not the size of the terminal.
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    environment = inherited | {"BERTCLS_RUNS_DIR": str(runs_dir), "TERM": "xterm-256color"}
    program = f"{BERTCLS_TUI} attach slow"
    subprocess.run(
        [*server, "new-session", "-d", "-x", "120", "-y", "36", program], env=environment, check=True
    )

    def pane(what: str) -> str:
        asked = subprocess.run([*server, *what.split()], capture_output=True, text=True, check=True)
        return asked.stdout

    wait_until(lambda: "early stopping" in pane("capture-pane -p"))
    app = psutil.Process(int(pane("list-panes -F #{pane_pid}")))
    processes = [app, *app.children(recursive=True)]
    subprocess.run([*server, "kill-server"], check=True)
    wait_until(lambda: all(map(has_ended, processes)))
    slow_run.wait_for_more_steps()
    open_terminal("attach", "slow").wait_for("slow · training", "┤")
