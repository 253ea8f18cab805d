"""Launch the process of a run or an experiment, in a session of its own.

It outlives the app, the shell and the connection.
"""

import contextlib
import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

from core.files import lock
from core.problems import Problem
from core.runs import termination
from core.runs.directory import RunDirectory
from core.runs.disk_space import Reserve
from core.runs.process_directory import ProcessDirectory

# By default glibc returns large tensors to the kernel, which zeroes the pages again in each step: 20 to 33 %
# of the time on a CPU. These settings keep the memory, in huge pages if possible.
_MALLOC = ":".join(
    f"glibc.malloc.{name}={value}"
    for name, value in {
        "hugetlb": 1,
        "mmap_threshold": 4 << 30,
        "trim_threshold": 8 << 30,
        "top_pad": 256 << 20,
    }.items()
)

_AUTOGROUP = Path("/proc/self/autogroup")


def launch(run: RunDirectory, *, resume: bool = False) -> subprocess.Popen[bytes]:
    """Start the trainer of `run` and return at once. Its progress is in the events of the run.

    Raises:
        Problem: the run is being trained already, or its directory cannot be written or is on a full disk.
    """
    try:
        if not Reserve(run.reserve).keep():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return start_process("core.training", run, *["--resume"] * resume, environment=child_environment())
    except OSError as error:
        raise Problem(f"the run cannot be written to ({error.strerror})", where=str(run.path)) from None


def start_process(
    module: str, directory: ProcessDirectory, *options: str, environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start the process that works in `directory`, in a session of its own, and return at once.

    The process holds the lock from the start, so a process that dies early is seen as dead. SIGTERM is
    blocked until it enters `Termination`, so an early SIGTERM ends it cleanly.

    `-P` keeps a `core/` in the working directory from being imported instead of this package.

    Args:
        module: module to run; it gets the directory, `--lock` with the open file of the lock, and `options`.
        directory: of a run or an experiment.
        options: more command-line options.
        environment: of the process; by default that of this one.

    Raises:
        Problem: another process holds the lock.
        OSError: the directory cannot be written.
    """
    with lock.hold(directory.lock) as held, _open_private(directory.log) as log, termination.waits():
        # The time of the launch, for `is_launching` and to know which commands are meant for this process.
        # Set explicitly, because the kernel's file times lag by some milliseconds.
        now = time.time()
        for path in (directory.launch_mark, directory.lock):
            os.utime(path, times=(now, now))
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(directory.path), "--lock", str(held), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment,
            pass_fds=[held],
        )


def _open_private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def child_environment() -> dict[str, str]:
    """Return the environment for processes that load torch and transformers."""
    defaults = {"GLIBC_TUNABLES": _MALLOC}
    if "OMP_WAIT_POLICY" not in os.environ:
        # Threads that spin for long make a busy machine 2 to 5 times slower; threads that sleep at once make
        # a quiet one a third slower. This is a compromise.
        defaults["GOMP_SPINCOUNT"] = "1000"
    settings = {
        "PYTHONUNBUFFERED": "1",
        "TOKENIZERS_PARALLELISM": "true",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    return defaults | os.environ | settings


def lower_priority(level: int) -> None:
    """Lower the CPU priority of this process and its future children, so that the screen stays responsive.

    Linux shares the CPU between sessions first (autogroups), so a session leader lowers that of its session,
    too. If the system forbids it, nothing changes.

    Args:
        level: niceness to add, 0 to 19.
    """
    with contextlib.suppress(OSError):
        os.nice(level)
        if os.getsid(0) == os.getpid():
            _AUTOGROUP.write_text(str(level))
