"""A real pseudo-terminal with a program in it: its screen, its raw output, keys, sizes and signals."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte
from pyte.screens import Char

BERTCLS_TUI = str(Path(sys.executable).with_name("bertcls-tui"))
# Generous, because the machine may be busy with other tests.
TIMEOUT = 60.0
_LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"
# Requests of the kitty keyboard protocol. pyte would show them as text.
_KITTY = re.compile(rb"\x1b\[[<>][0-9;]*u")
# Variables that would change the output of the program.
_LEFT_OUT = ("NO_COLOR", "COLORTERM", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE")


class PseudoTerminal:
    """A terminal of `columns` by `rows` cells in which `command` runs as the leader of its own session.

    Args:
        command: the program and its arguments.
        columns: width in cells.
        rows: height in cells.
        environment: variables in addition to those of the tests and `TERM=xterm-256color`.
        folder: its working directory.
        stdin: a file descriptor to read instead of the keys of this terminal, or None.
        before: called in the child before the program starts.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 36,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        stdin: int | None = None,
        before: Callable[[], object] = lambda: None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._raw = bytearray()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._master, terminal = pty.openpty()
        self._set_size(columns, rows)

        def take_terminal() -> None:
            fcntl.ioctl(1, termios.TIOCSCTTY, 0)
            before()

        inherited = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        self.process = subprocess.Popen(
            command,
            stdin=terminal if stdin is None else stdin,
            stdout=terminal,
            stderr=terminal,
            cwd=folder,
            env=inherited | {"TERM": "xterm-256color"} | dict(environment or {}),
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(terminal)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    # Output.

    @property
    def text(self) -> str:
        """The current screen, one line per row."""
        with self._lock:
            return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def raw(self) -> bytes:
        """All bytes written so far."""
        with self._lock:
            return bytes(self._raw)

    @property
    def afterwards(self) -> str:
        """The text written on the normal screen after leaving the alternate one."""
        after = self.raw.rpartition(_LEFT_ALTERNATE_SCREEN)[2]
        return re.sub(r"\x1b\[[0-9;?<>]*[a-zA-Z]", "", after.decode(errors="replace"))

    @property
    def unreadable(self) -> str:
        """The characters on the screen with equal text and background colours."""
        return "".join(cell.data for cell in self._cells if cell.fg == cell.bg != "default").strip()

    @property
    def marked(self) -> str:
        """The characters on the screen that are reversed or underlined."""
        return "".join(cell.data for cell in self._cells if cell.reverse or cell.underscore)

    def wait_until(self, condition: Callable[[str], object], timeout: float = TIMEOUT) -> str:
        """Wait until `condition` holds for the screen, and return the screen."""
        end = time.monotonic() + timeout
        while not condition(text := self.text):
            assert time.monotonic() < end, f"waited in vain; the screen is:\n{text}"
            time.sleep(0.02)
        return text

    def wait_for(self, *pieces: str, timeout: float = TIMEOUT) -> str:
        """Wait until all `pieces` are on the screen, and return the screen."""
        return self.wait_until(lambda text: all(piece in text for piece in pieces), timeout)

    # Input.

    def send(self, keys: str | bytes) -> None:
        """Press keys; those of another encoding than UTF-8 as bytes."""
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size. The kernel sends SIGWINCH to the program."""
        with self._lock:
            self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal, as a lost connection does."""
        if not self._closing.is_set():
            self._closing.set()
            self._reader.join()
            os.close(self._master)

    def exit_code(self, timeout: float = TIMEOUT) -> int:
        """Wait until the program ends and its output is read. Negative if a signal ended it."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the program does not end; the screen is:\n{self.text}") from None
        # No writer is left after the program ended, so reading ends too.
        if not self._closing.is_set():
            self._reader.join(timeout)
        return code

    @property
    def _cells(self) -> list[Char]:
        """The cells in reading order."""
        with self._lock:
            buffer, columns = self._screen.buffer, range(self._screen.columns)
            return [buffer[row][column] for row in range(self._screen.lines) for column in columns]

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        while not self._closing.is_set():
            if not select.select([self._master], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:  # EIO on Linux: no program has the terminal open
                return
            with self._lock:
                self._raw += data
                self._stream.feed(_KITTY.sub(b"", data))


Open = Callable[..., PseudoTerminal]
"""Open a terminal that runs `bertcls-tui` with the given arguments."""
