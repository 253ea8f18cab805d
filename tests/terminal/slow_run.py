"""A run with a stand-in trainer."""

import subprocess
from dataclasses import dataclass

from waiting import wait_until

from core.runs.directory import RunDirectory
from core.runs.history import History, read_history


@dataclass(frozen=True)
class SlowRun:
    """A run and its stand-in trainer process."""

    directory: RunDirectory
    trainer: subprocess.Popen[bytes]

    @property
    def history(self) -> History:
        """The history of the run so far."""
        return read_history(self.directory)

    @property
    def is_training(self) -> bool:
        """Whether the trainer process is alive and holds the lock."""
        return self.trainer.poll() is None and self.directory.is_alive

    def wait_for_more_steps(self) -> None:
        """Wait until more steps are trained."""
        before = self.history.step
        wait_until(lambda: self.history.step > before)
        assert self.is_training
