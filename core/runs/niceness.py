"""Give way to the screen: a process with much to do makes itself less urgent than what a person waits for."""

import contextlib
import os
from pathlib import Path

_AUTOGROUP = Path("/proc/self/autogroup")


def be_nice(level: int) -> None:
    """Make this process and its children to come less urgent, from 0 (as before) to 19.

    Linux shares the processor between sessions before it looks at the niceness of processes, so a process
    that leads a session must lower that as well. Where the system forbids it, all stays as it is.
    """
    with contextlib.suppress(OSError):
        os.nice(level)
        if os.getsid(0) == os.getpid():
            _AUTOGROUP.write_text(str(level))
