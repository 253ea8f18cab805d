"""A process that has loaded the libraries and starts trainers by fork: each is a process of its own, at once.

Orders are lines of JSON on standard input: `run` (path), `resume`, `die_at`, the number of the operation on
the files of the run (from 1 on) before which the trainer kills itself, where of a write half is done, and
`halt_at`, a part of the path at which it halts once (SIGSTOP) before it changes something. To each order the
process answers with the number of the trainer, and when that has ended, with its exit code (below
zero: the signal) and how many such operations it did, 0 where it could not count them to the end.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.training import run as _loaded  # noqa: F401 - with the libraries that a trainer needs
from core.training.process import main

_AUDITED = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")


class Operations:
    """Counts what this process does with the files of a run, and ends it at one of them."""

    def __init__(self, run: str, die_at: int | None, halt_at: str | None) -> None:
        self._run = run
        self._die_at = die_at
        self._halt_at = halt_at
        self.count = 0

    def watch(self) -> None:
        """Begin."""
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


def train(order: dict[str, Any], told: int) -> None:
    """Be a trainer, and end."""
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
    os.write(told, str(count).encode())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def serve() -> None:
    """Obey until there are no more orders."""
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        heard, told = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(heard)
            train(json.loads(line), told)
        os.close(told)
        print(json.dumps(pid), flush=True)
        _, status = os.waitpid(pid, 0)
        count = int(os.read(heard, 20) or b"0")
        os.close(heard)
        print(json.dumps([os.waitstatus_to_exitcode(status), count]), flush=True)


if __name__ == "__main__":
    serve()
