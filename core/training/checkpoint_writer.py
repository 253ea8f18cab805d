"""The process that writes checkpoints, so that training does not wait for the disk.

`python -P -m core.training.checkpoint_writer RUN_DIRECTORY FD PARENT`: reads orders as lines of JSON from
standard input and answers on standard output. FD is the shared memory that holds the files. It ends with its
parent.
"""

import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from core.runs import checkpoints
from core.runs.checkpoints import StagedFile, WriteOrder, Written
from core.runs.directory import RunDirectory

_BLOCK = 8 << 20


class _ParentDiedError(Exception):
    pass


def main(run: RunDirectory, memory: int, parent: int) -> None:
    """Write checkpoints until standard input ends."""
    # A signal to all processes of a job ends the trainer after a last checkpoint, which must still be
    # written.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)  # the trainer may have another one
    orders = msgspec.json.Decoder(WriteOrder)
    for line in sys.stdin.buffer:
        order = orders.decode(line)
        try:
            answer = _write(run, order, memory, parent)
        except OSError as error:
            # Free their disk space. The order may come again; the small files stay.
            for file in order.files:
                (Path(order.folder) / file.name).unlink(missing_ok=True)
            reason = error.strerror or str(error)
            answer = Written(order.step, order.is_best, error=reason, error_number=error.errno)
        except _ParentDiedError:
            checkpoints.remove(Path(order.folder))
            return
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


def _write(run: RunDirectory, order: WriteOrder, memory: int, parent: int) -> Written:
    folder = Path(order.folder)
    for file in order.files:
        _copy(file, folder / file.name, memory, parent)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    checkpoints.adopt(run, folder, order.step, is_best=order.is_best)
    _check_parent(parent)
    checkpoints.prune(run)
    seconds = max(0.0, time.time() - order.began)  # the clock may have been set back
    return Written(order.step, order.is_best, bytes=size, seconds=seconds)


def _copy(file: StagedFile, path: Path, memory: int, parent: int) -> None:
    """Copy a file from the shared memory."""
    with path.open("wb") as stream:
        stream.write(file.prefix)
        for start in range(0, file.size, _BLOCK):
            _check_parent(parent)
            stream.write(os.pread(memory, min(_BLOCK, file.size - start), file.offset + start))


def _check_parent(parent: int) -> None:
    """Check that the trainer lives.

    Raises:
        _ParentDiedError: another trainer may have resumed the run, and must not be disturbed.
    """
    if os.getppid() != parent:
        raise _ParentDiedError


if __name__ == "__main__":
    main(RunDirectory(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
