"""A process that has loaded the libraries and forks trainers from it, so that they start at once.

Orders are lines of JSON on standard input: `run` (path), `resume`, `log` (path or null), `die_at`, the number
(from 1) of the file operation before which the trainer kills itself (half-way through it if it is a write),
and `halt_at`, a part of a path: the trainer halts once (SIGSTOP) before it changes such a file. The process
answers each order with the pid of the trainer and, once that has ended, with its exit code (negative: the
signal) and its number of file operations, 0 if it was killed before it could report them.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.training import run as _loaded  # noqa: F401 - loads the libraries of a trainer
from core.training.process import main

_AUDITED = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")


class Operations:
    """Counts the operations of this process on the files of a run, and kills or halts it at one of them."""

    def __init__(self, run: str, die_at: int | None, halt_at: str | None) -> None:
        self._run = run
        self._die_at = die_at
        self._halt_at = halt_at
        self.count = 0

    def watch(self) -> None:
        """Start counting."""
        sys.addaudithook(self._hear)
        os.fsync = self._counted(os.fsync)
        os.write = self._writing(os.write)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) and self._is_ours(path):
                self._reach(os.fspath(path))
        elif event in _AUDITED and self._is_ours(arguments[0]):
            self._reach(os.fspath(arguments[0]))

    def _is_ours(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self._run)

    def _reach(self, path: str) -> None:
        self._step()
        if self._halt_at and self._halt_at in path:
            self._halt_at = None
            os.kill(os.getpid(), signal.SIGSTOP)

    def _step(self) -> None:
        self.count += 1
        if self.count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _counted(self, fsync: Callable[[Any], None]) -> Callable[[Any], None]:
        def counted(file: Any) -> None:
            self._step()
            fsync(file)

        return counted

    def _writing(self, write: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
        def writing(file: int, content: Any) -> int:
            if self.count + 1 == self._die_at:
                write(file, content[: len(content) // 2])
            self._step()
            return write(file, content)

        return writing


def train(order: dict[str, Any], report: int) -> None:
    """Be the trainer of an order, then exit; write the number of file operations to the pipe `report`."""
    os.setsid()
    path = Path(order["run"])
    log = os.open(order["log"] or path / "trainer.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, log, log)):
        os.dup2(file, number)
    operations = Operations(order["run"], order["die_at"], order["halt_at"])
    operations.watch()
    code = main(path, resume=order["resume"])
    count = operations.count
    os.write(report, str(count).encode())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def serve() -> None:
    """Carry out orders until there are no more."""
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        receiver, report = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(receiver)
            train(json.loads(line), report)
        os.close(report)
        print(json.dumps(pid), flush=True)
        _, status = os.waitpid(pid, 0)
        count = int(os.read(receiver, 20) or b"0")
        os.close(receiver)
        print(json.dumps([os.waitstatus_to_exitcode(status), count]), flush=True)


if __name__ == "__main__":
    serve()
