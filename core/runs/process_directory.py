"""ProcessDirectory: a folder in which one process at a time works: its lock, its launch and its end."""

import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
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


def check_links(folder: Path) -> None:
    """Make sure that everything under `folder` is a file or folder, and no link to something elsewhere.

    A run that was copied from another machine could make its trainer write into other files, or put them into
    the model that it makes; a pipe or a device would be read for ever.

    Raises:
        Problem: there is something else.
    """
    whole = folder.resolve()
    for path, folders, files in os.walk(folder):
        _check((Path(path, name) for name in (*folders, *files)), whole)


def check_top(folder: Path) -> None:
    """As `check_links`, but without what lies deeper: quick enough to be asked again and again.

    Raises:
        OSError: the folder cannot be read.
        Problem: there is something else.
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
                mend="Put the file or folder itself in its place, or delete the link.",
            )
        if entry.exists() and not (entry.is_file() or entry.is_dir()):
            raise Problem("this is neither a file nor a folder", where=str(entry), mend="Delete it.")


def _target(link: Path) -> Path:
    try:
        return link.resolve()
    except (OSError, RuntimeError):  # it leads to itself
        return Path("/")
