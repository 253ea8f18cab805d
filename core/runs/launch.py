"""Start a trainer: a process of its own session, which outlives the app, the shell and the connection.

So does the process of an experiment, which is started in the same way.
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

# The allocator of glibc would give every large tensor back to the kernel and have it zeroed anew, page by
# page, in each step: a fifth to a third of the time on a CPU. So it keeps them, if it can in huge pages.
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
    """Start the trainer of `run` and return at once; what it does is in the run's events.

    Raises:
        Problem: a trainer is at work already, or the run directory cannot be written, or has no room for the
            first word of the trainer.
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
    """Start the process that is to work in `directory`, in a session of its own, and return at once.

    From its birth on it holds the lock: dead is dead, also before its first word. From then on, too, it ends
    well when the machine asks for that: the signal waits until it listens.

    `-P` keeps a `core/` in the working directory from being imported in place of ours.

    Args:
        module: takes the directory, `--lock` with the open file of its lock, and `options`.
        directory: of a run or an experiment.
        options: of the command line.
        environment: that of this process by default.

    Raises:
        Problem: a process is at work there already.
        OSError: the directory cannot be written.
    """
    with lock.hold(directory.lock) as held, _open_private(directory.log) as log, termination.waits():
        # When it was launched, for `is_launching` and to tell which commands are for it. The time is that
        # of here: the kernel's may be some milliseconds old.
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
    """The environment of every process of ours that loads the heavy libraries."""
    defaults = {"GLIBC_TUNABLES": _MALLOC}
    if "OMP_WAIT_POLICY" not in os.environ:
        # Threads that spin for long while they wait take two to five times as long as soon as another process
        # needs a core; those that sleep at once take a third more time on a quiet machine. This is between.
        defaults["GOMP_SPINCOUNT"] = "1000"
    settings = {
        "PYTHONUNBUFFERED": "1",
        "TOKENIZERS_PARALLELISM": "true",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    return defaults | os.environ | settings


def lower_priority(level: int) -> None:
    """Make this process and its children to come less urgent, from 0 (as before) to 19.

    Linux shares the processor between sessions before it looks at the niceness of processes, so a process
    that leads a session must lower that as well. Where the system forbids it, all stays as it is.
    """
    with contextlib.suppress(OSError):
        os.nice(level)
        if os.getsid(0) == os.getpid():
            _AUTOGROUP.write_text(str(level))
