"""The lock of a run, held by its trainer while it lives. Liveness is never guessed from a pid."""

import contextlib
import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from core.problems import Problem

# errno of flock on file systems without locks.
_WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_POLL_SECONDS = 0.05


@contextlib.contextmanager
def hold(path: Path, taken: int | None = None) -> Iterator[int]:
    """Hold the lock at `path`. The kernel releases it when this process ends, however it ends.

    Args:
        path: the lock file.
        taken: the open lock file, if the parent process locked it for this one.

    Yields:
        The open lock file. A child process that inherits it shares the lock while it lives.

    Raises:
        Problem: another trainer holds the lock (and is named), or the file system has no locks.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) if taken is None else taken
    try:
        if taken is None:
            _acquire(file, path)
        else:
            os.set_inheritable(file, False)  # child processes must not share the lock
        _sign(file)
        yield file
    finally:
        os.close(file)


def is_held(path: Path) -> bool:
    """Whether a trainer holds the lock at `path`. False if the file system has no locks."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        take(file, path.parent, fcntl.LOCK_SH)
    except BlockingIOError:
        return True
    except Problem:
        return False
    finally:
        os.close(file)
    return False


def take(file: int, folder: Path, mode: int = fcntl.LOCK_EX) -> None:
    """Lock an open file in `folder` without waiting.

    Raises:
        BlockingIOError: another process holds the lock.
        Problem: the file system has no locks.
    """
    try:
        fcntl.flock(file, mode | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise
        raise Problem(
            f"the file system has no locks (flock: {error.strerror}); without locks two processes could "
            "overwrite each other's files",
            where=str(folder),
            mend="Choose a folder on a local disk.",
        ) from None


def wait_until_free(path: Path, seconds: float) -> bool:
    """Wait up to `seconds` until the lock at `path` is free; return whether it is."""
    latest = time.monotonic() + seconds
    while is_held(path):
        if time.monotonic() > latest:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _acquire(file: int, path: Path) -> None:
    # `is_held` in another process takes a shared lock for a moment: retry before giving up.
    for attempt in range(20):
        try:
            take(file, path.parent)
            return
        except BlockingIOError:
            time.sleep(0.01 * (attempt + 1))
    holder = os.pread(file, 200, 0).decode(errors="replace").strip() or "another process"
    raise Problem(
        f"this run is already being trained by {holder}",
        where=str(path.parent),
        mend="Use `bertcls-tui attach` to watch it.",
    )


def _sign(file: int) -> None:
    """Write the holder of the lock into its file."""
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    with contextlib.suppress(OSError):  # full disk: the lock is held, but its holder stays unnamed
        os.ftruncate(file, 0)
        os.pwrite(file, f"pid {os.getpid()} on {socket.gethostname()} since {since}\n".encode(), 0)
