"""Trainers in processes of their own, for tests that command, kill and resume them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from waiting import wait_until

from core.config import RunConfig
from core.runs.commands import CommandName, post
from core.runs.directory import RunDirectory
from core.runs.events import Acknowledged
from core.runs.history import read_history
from core.runs.launch import launch
from core.runs.start import start

ENDLESS = 1_000_000


class Trainer:
    """A run with the process that trains it."""

    def __init__(self, run: RunDirectory, process: subprocess.Popen[bytes]) -> None:
        self.run = run
        self.process = process

    @classmethod
    def start(cls, config: RunConfig) -> "Trainer":
        """Start a new run."""
        return cls(*start(config))

    @classmethod
    def resume(cls, run: RunDirectory) -> "Trainer":
        """Resume a run."""
        return cls(run, launch(run, resume=True))

    def until_step(self, step: int) -> None:
        """Wait until this step is trained."""
        wait_until(lambda: self._alive() and read_history(self.run).step >= step)

    def send(self, name: CommandName, *, value: float | None = None, text: str = "") -> Acknowledged:
        """Post a command and wait for its acknowledgement."""
        command = post(self.run.commands, name, value=value, text=text)
        return wait_until(lambda: self._alive() and read_history(self.run).acknowledged.get(command.id))

    def kill(self) -> None:
        """Kill the trainer by SIGKILL."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Wait until the trainer ends; return its exit code."""
        return self.process.wait(timeout=120)

    def _alive(self) -> bool:
        assert self.process.poll() is None, self.run.log.read_text()
        return True


@contextmanager
def kill_at_end() -> Iterator[list[Trainer]]:
    """A list of trainers that are killed on exit if they are still running."""
    started: list[Trainer] = []
    yield started
    for trainer in started:
        if trainer.process.poll() is None:
            trainer.kill()
