"""Terminals and stand-in trainers. All processes end with the test."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pseudo_terminal import BERTCLS_TUI, Open, PseudoTerminal
from slow_run import SlowRun
from waiting import wait_until

from core.config import RunConfig
from core.runs.directory import RunDirectory
from core.runs.events import EventFollower, Launched


@pytest.fixture
def runs_dir(tmp_path: Path) -> Iterator[Path]:
    """The folder of the runs. Trainers in it are ended after the test."""
    folder = tmp_path / "runs"
    yield folder
    for config in folder.glob("*/config.toml"):
        run = RunDirectory(config.parent)
        launches = [event for event in EventFollower(run.events).read() if isinstance(event, Launched)]
        if run.is_alive and launches:
            _kill_group(launches[-1].pid)


@pytest.fixture
def open_terminal(runs_dir: Path, tmp_path: Path) -> Iterator[Open]:
    """Run `bertcls-tui` with arguments in a new terminal. Keywords are passed to `PseudoTerminal`."""
    terminals: list[PseudoTerminal] = []

    def start(*arguments: str, environment: dict[str, str] | None = None, **settings: Any) -> PseudoTerminal:
        settings = {"folder": tmp_path} | settings
        variables = {"BERTCLS_RUNS_DIR": str(runs_dir)} | (environment or {})
        terminals.append(PseudoTerminal([BERTCLS_TUI, *arguments], environment=variables, **settings))
        return terminals[-1]

    yield start
    for terminal in terminals:
        for child in _children(terminal.process.pid):
            _kill_group(child)
        if terminal.process.poll() is None:
            _kill_group(terminal.process.pid)
        terminal.process.wait()
        terminal.hang_up()


@pytest.fixture
def slow_run(runs_dir: Path) -> Iterator[SlowRun]:
    """A run in training that has trained a few steps."""
    directory = RunDirectory.create(runs_dir, "slow", unique=True)
    directory.write_config(RunConfig().to_toml())
    script = str(Path(__file__).with_name("slow_trainer.py"))
    trainer = subprocess.Popen([sys.executable, script, str(directory.path)], start_new_session=True)
    run = SlowRun(directory, trainer)
    try:
        wait_until(lambda: run.history.step >= 5)
        yield run
    finally:
        if trainer.poll() is None:
            _kill_group(trainer.pid)
        trainer.wait()


def _children(pid: int) -> list[int]:
    """Child processes of `pid` that lead their own group, such as a trainer."""
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
    return [child.pid for child in children if _leads_group(child.pid)]


def _leads_group(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
