"""The log of a trainer: what finds no room there is left out, and nothing ends for it."""

import errno
import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _Forgiving(io.FileIO):
    def write(self, content: "ReadableBuffer", /) -> int:
        try:
            return super().write(content)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            return memoryview(content).nbytes


def forgive_full_disk() -> None:
    """Let standard output and error be written without an error where the disk is full."""
    sys.stdout, sys.stderr = _open(1), _open(2)


def _open(file: int) -> io.TextIOWrapper:
    stream = _Forgiving(file, "w", closefd=False)
    return io.TextIOWrapper(stream, "utf-8", "backslashreplace", write_through=True)
