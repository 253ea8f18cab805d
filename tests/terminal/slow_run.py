"""A run with a stand-in trainer, as the tests see it."""

import subprocess
from dataclasses import dataclass

from waiting import wait_until

from core.runs.directory import RunDirectory
from core.runs.history import History, read_history


@dataclass(frozen=True)
class SlowRun:
    """A run with a stand-in trainer at work."""

    directory: RunDirectory
    trainer: subprocess.Popen[bytes]

    @property
    def history(self) -> History:
        """What happened so far."""
        return read_history(self.directory)

    @property
    def lives(self) -> bool:
        """Whether the trainer is at work."""
        return self.trainer.poll() is None and self.directory.is_alive

    def goes_on(self) -> None:
        """Wait until more steps are trained."""
        before = self.history.step
        wait_until(lambda: self.history.step > before)
        assert self.lives
