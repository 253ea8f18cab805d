"""The lock of a run, held by its living trainer, so that liveness is never guessed from a pid."""

import contextlib
import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from core.problems import Problem

# What flock fails with where a file system has no locks.
_WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_POLL_SECONDS = 0.05


@contextlib.contextmanager
def hold(path: Path, taken: int | None = None) -> Iterator[int]:
    """Hold the lock at `path`; the kernel lets go of it when this process ends, however it ends.

    Args:
        path: of the lock.
        taken: its open file, where the parent of this process took it for this one.

    Yields:
        Its open file: a child process that inherits it holds the lock, too, for as long as it lives.

    Raises:
        Problem: another trainer holds it, which is named; or the file system has no locks.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) if taken is None else taken
    try:
        if taken is None:
            _acquire(file, path)
        else:
            os.set_inheritable(file, False)  # children of this process have no part in it
        _sign(file)
        yield file
    finally:
        os.close(file)


def is_held(path: Path) -> bool:
    """Whether a living trainer holds the lock at `path`; where there are no locks no trainer works."""
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
    """Lock an open file in `folder`, at once or not at all.

    Raises:
        BlockingIOError: another process holds it.
        Problem: the file system has no locks.
    """
    try:
        fcntl.flock(file, mode | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise
        raise Problem(
            f"the file system of this folder has no locks (flock: {error.strerror}), without which two "
            "processes could write over each other's work",
            where=str(folder),
            mend="Choose a folder on a local disk.",
        ) from None


def wait_until_free(path: Path, seconds: float) -> bool:
    """Wait until nobody holds the lock at `path`, for so long at most; return whether it is free."""
    latest = time.monotonic() + seconds
    while is_held(path):
        if time.monotonic() > latest:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _acquire(file: int, path: Path) -> None:
    # `is_held` of some other process can hold a shared lock for a moment, so one refusal proves nothing.
    for attempt in range(20):
        try:
            take(file, path.parent)
            return
        except BlockingIOError:
            time.sleep(0.01 * (attempt + 1))
    holder = os.pread(file, 200, 0).decode(errors="replace").strip() or "another process"
    raise Problem(
        f"this run is being trained already by {holder}",
        where=str(path.parent),
        mend="Use `bertcls-tui attach` to watch it.",
    )


def _sign(file: int) -> None:
    """Say who holds the lock."""
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    with contextlib.suppress(OSError):  # a full disk: the lock is held, but its holder has no name
        os.ftruncate(file, 0)
        os.pwrite(file, f"pid {os.getpid()} on {socket.gethostname()} since {since}\n".encode(), 0)
