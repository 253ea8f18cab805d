"""Drive `bertcls-tui` in a real pseudo-terminal, and time its output."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

PROGRAM = str(Path(sys.executable).with_name("bertcls-tui"))
TIMEOUT = 60.0


class Terminal:
    """A program in a terminal of its own. Nothing is drawn: only bytes and times are recorded.

    Args:
        arguments: those of `bertcls-tui`.
        size: columns and rows.
        environment: variables on top of those of this process.
    """

    def __init__(
        self, *arguments: str, size: tuple[int, int], environment: Mapping[str, str] | None = None
    ) -> None:
        self._master, terminal = pty.openpty()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        variables = os.environ | {"TERM": "xterm-256color"} | dict(environment or {})
        self.started_at = time.perf_counter()
        self._process = subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=variables,
            start_new_session=True,
        )
        os.close(terminal)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def pid(self) -> int:
        """The pid of the program."""
        return self._process.pid

    def press(self, key: str, *signs: str) -> float:
        """Press a key; return the seconds until all `signs` have been written."""
        self.read_for(0.0)  # discard earlier output
        begin = time.perf_counter()
        os.write(self._master, key.encode())
        return self.wait_for(*signs) - begin

    def wait_for(self, *signs: str) -> float:
        """Read until all `signs` have been written since this call; return the time of that."""
        written, end = b"", time.perf_counter() + TIMEOUT
        while not all(sign.encode() in written for sign in signs):
            if time.perf_counter() > end:
                raise TimeoutError(f"{signs} did not come; the last bytes are {written[-2000:]!r}")
            written += self._read(0.1)
        return time.perf_counter()

    def read_for(self, seconds: float) -> int:
        """Read for `seconds`; return the number of bytes."""
        count, end = 0, time.perf_counter() + seconds
        while data := self._read(max(0.0, end - time.perf_counter())):
            count += len(data)
        return count

    def _read(self, timeout: float) -> bytes:
        """The next output of the program; empty after `timeout` seconds without any."""
        if not select.select([self._master], [], [], timeout)[0]:
            return b""
        return os.read(self._master, 1 << 16)
