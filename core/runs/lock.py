"""The lock of a run, held by its living trainer, so that liveness is never guessed from a pid."""

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from core.problems import Problem


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock at `path`; the kernel lets go of it when this process ends, however it ends.

    Raises:
        Problem: another trainer holds it; it is named.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(file, path)
        os.ftruncate(file, 0)
        os.pwrite(file, f"pid {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        os.close(file)


def is_held(path: Path) -> bool:
    """Whether a living trainer holds the lock at `path`."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _acquire(file: int, path: Path) -> None:
    # `is_held` of some other process can hold a shared lock for a moment, so one refusal proves nothing.
    for attempt in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.01 * (attempt + 1))
    holder = os.pread(file, 200, 0).decode(errors="replace").strip() or "another process"
    raise Problem(
        f"this run is being trained already by {holder}",
        where=str(path.parent),
        mend="Use `bertcls-tui attach` to watch it.",
    )
