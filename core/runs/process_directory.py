"""ProcessDirectory: a folder in which one process at a time works: its lock, its launch and its end."""

import shutil
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from core.files import lock
from core.problems import Problem

# Who makes a directory launches its process a moment later: for so long it is starting, not dead. In seconds.
START_GRACE = 2.0
# Times of files are up to so many seconds older than the clock was when they were written.
_GRAIN = 0.01


@dataclass(frozen=True)
class ProcessDirectory(ABC):
    """The folder of a run or an experiment. `path` is absolute; its name is the name of the run."""

    path: Path

    @property
    def name(self) -> str:
        """Name of the run or experiment."""
        return self.path.name

    @property
    def commands(self) -> Path:
        """What people asked of the process: JSON lines."""
        return self.path / "commands.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the living process."""
        return self.path / "lock"

    @property
    @abstractmethod
    def log(self) -> Path:
        """What the process says on its standard output and error."""

    @property
    @abstractmethod
    def launch_mark(self) -> Path:
        """The file whose time is that of the last launch."""

    @property
    @abstractmethod
    def first_sign(self) -> Path:
        """The file that the process writes to when it holds the lock."""

    @property
    def is_alive(self) -> bool:
        """Whether a process is at work in it."""
        return lock.is_held(self.lock)

    @property
    def is_launching(self) -> bool:
        """Whether a process is being launched, or was, and has given no sign yet.

        To be asked before `is_alive`.
        """
        launched_at, locked_at = changed_at(self.launch_mark), changed_at(self.lock)
        age = time.time() - launched_at
        # A launch that lies ahead is one before the clock was set back.
        if age < 0 or changed_at(self.first_sign) >= launched_at - _GRAIN:
            return False
        if locked_at == launched_at:  # whoever launched it took the lock for it, which it has not signed yet
            return self.is_alive
        return age < START_GRACE and locked_at < launched_at

    def remove(self) -> None:
        """Remove the folder with everything in it; no process can begin to work there in the meantime.

        Raises:
            Problem: it cannot be removed.
        """
        try:
            with lock.hold(self.lock):
                shutil.rmtree(self.path)
        except OSError as error:
            raise Problem(f"it cannot be removed ({error.strerror})", where=str(self.path)) from None


def is_there(path: Path) -> bool:
    """Whether there is a file at `path`; who may not look into its folder sees none."""
    try:
        return path.is_file()
    except OSError:
        return False


def changed_at(path: Path) -> float:
    """When the file at `path` was changed last, in seconds since the epoch; 0 where none can be seen."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
