"""`python -P -m core.training RUN_DIRECTORY [--resume]`: the trainer process, started by core.runs.launch."""

import argparse
import errno
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.problems import Problem
from core.runs.launch import lower_priority
from core.training.process import main

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _LogFile(io.FileIO):
    """Drops what does not fit on the disk."""

    def write(self, content: "ReadableBuffer", /) -> int:
        try:
            return super().write(content)
        except OSError as error:
            if error.errno not in _DISK_FULL:
                raise
            return memoryview(content).nbytes


def tolerate_full_disk() -> None:
    """Let writes to standard output and standard error succeed on a full disk: a full log ends no run."""
    sys.stdout, sys.stderr = _open_log(1), _open_log(2)


def _open_log(file: int) -> io.TextIOWrapper:
    stream = _LogFile(file, "w", closefd=False)
    return io.TextIOWrapper(stream, "utf-8", "backslashreplace", write_through=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="core.training")
    parser.add_argument("run", type=Path)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--lock", type=int, help="open file of the run's lock")
    options = parser.parse_args()
    os.umask(0o077)  # also for files that libraries write
    lower_priority(5)
    tolerate_full_disk()
    try:
        sys.exit(main(options.run, resume=options.resume, held=options.lock))
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(2)
