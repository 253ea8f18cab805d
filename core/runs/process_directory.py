"""ProcessDirectory: a folder in which one process at a time works, and what may lie in such a folder."""

import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.files import lock
from core.problems import Problem

# A directory counts as launching for so many seconds before its process has taken the lock.
START_GRACE = 2.0
# File times may lag the clock by up to so many seconds.
_TIME_LAG = 0.01


@dataclass(frozen=True)
class ProcessDirectory(ABC):
    """The folder of a run or an experiment. `path` is absolute and ends in its name."""

    path: Path

    @property
    def name(self) -> str:
        """Name of the run or experiment."""
        return self.path.name

    @property
    def commands(self) -> Path:
        """Commands to the process: JSON lines."""
        return self.path / "commands.jsonl"

    @property
    def lock(self) -> Path:
        """Lock that the living process holds."""
        return self.path / "lock"

    @property
    @abstractmethod
    def log(self) -> Path:
        """Standard output and error of the process."""

    @property
    @abstractmethod
    def launch_mark(self) -> Path:
        """File whose modification time is that of the last launch."""

    @property
    @abstractmethod
    def first_sign(self) -> Path:
        """File that the process writes first, once it holds the lock."""

    @property
    def is_alive(self) -> bool:
        """Whether a process holds the lock."""
        return lock.is_held(self.lock)

    @property
    def is_launching(self) -> bool:
        """Whether a process has been launched but has not written anything yet. Check before `is_alive`."""
        launched_at, locked_at = changed_at(self.launch_mark), changed_at(self.lock)
        age = time.time() - launched_at
        # A launch in the future means that the clock was set back since.
        if age < 0 or changed_at(self.first_sign) >= launched_at - _TIME_LAG:
            return False
        if locked_at == launched_at:  # the launcher took the lock, and the process has not signed it yet
            return self.is_alive
        return age < START_GRACE and locked_at < launched_at

    def remove(self) -> None:
        """Remove the folder and everything in it, under its lock, so that no process can start meanwhile.

        Raises:
            Problem: it cannot be removed.
        """
        try:
            with lock.hold(self.lock):
                shutil.rmtree(self.path)
        except OSError as error:
            raise Problem(f"the folder cannot be removed ({error.strerror})", where=str(self.path)) from None


def is_there(path: Path) -> bool:
    """Whether there is a file at `path`; False without permission to look."""
    try:
        return path.is_file()
    except OSError:
        return False


def changed_at(path: Path) -> float:
    """Return the modification time of `path` in seconds since the epoch; 0 if it cannot be read."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def check_links(folder: Path) -> None:
    """Check that `folder` contains only files, folders, and links that stay within it.

    A run copied from elsewhere could otherwise make its trainer overwrite other files or copy them into the
    model; reading a pipe or a device would never end.

    Raises:
        Problem: there is a link that leads out of it, or a special file.
    """
    whole = folder.resolve()
    for path, folders, files in os.walk(folder):
        _check((Path(path, name) for name in (*folders, *files)), whole)


def check_top(folder: Path) -> None:
    """Check the top level of `folder` only, as `check_links` does; quick enough to repeat often.

    Raises:
        OSError: the folder cannot be read.
        Problem: there is a link that leads out of it, or a special file.
    """
    with os.scandir(folder) as entries:
        _check((Path(entry) for entry in entries if not _is_plain(entry)), folder.resolve())


def _is_plain(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)


def _check(entries: Iterable[Path], whole: Path) -> None:
    for entry in entries:
        if entry.is_symlink() and not _target(entry).is_relative_to(whole):
            raise Problem(
                "this is a link that leads out of the run",
                where=str(entry),
                mend="Replace it by the file or folder itself, or delete it.",
            )
        if entry.exists() and not (entry.is_file() or entry.is_dir()):
            raise Problem("this is neither a file nor a folder", where=str(entry), mend="Delete it.")


def _target(link: Path) -> Path:
    try:
        return link.resolve()
    except (OSError, RuntimeError):  # it leads to itself
        return Path("/")
