"""Commands to a running trainer: JSON lines that any app appends and the trainer answers with an event."""

import math
import os
import time
import uuid
from pathlib import Path
from typing import Literal

import msgspec

from core.problems import Problem
from core.runs.directory import RESERVE
from core.runs.disk_space import Reserve, is_full

CommandName = Literal[
    "pause",
    "release",
    "resume",
    "stop",
    "stop_after_evaluation",
    "evaluate",
    "checkpoint",
    "learning_rate",
    "patience",
    "max_steps",
    "eval_steps",
    "note",
]
"""`release` is a pause that frees the memory of the device; the settings are those of `changes.SETTINGS`."""

# Characters of a note; longer ones are cut.
LONGEST_TEXT = 500


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command. Its acknowledgement names `id`, and it is executed once."""

    id: str
    name: CommandName
    time: float
    value: float | None = None
    """New value, if the command changes a setting."""
    text: str = ""
    """Text of a note."""


def post(path: Path, name: CommandName, *, value: float | None = None, text: str = "") -> Command:
    """Append a command to the file at `path` and return it. On a full disk it uses the run's reserve.

    Raises:
        Problem: the command cannot be written.
    """
    command = Command(
        id=uuid.uuid4().hex[:12], name=name, time=time.time(), value=value, text=text[:LONGEST_TEXT]
    )
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _append(file, msgspec.json.encode(command) + b"\n", Reserve(path.with_name(RESERVE)))
        finally:
            os.close(file)
    except OSError as error:
        raise Problem(f"the command cannot be written ({error.strerror})", where=str(path)) from None
    except UnicodeEncodeError:
        raise Problem("the text of the command is not UTF-8") from None
    return command


def _append(file: int, line: bytes, reserve: Reserve) -> None:
    """Append a line, in one write if the disk has space for it."""
    end = os.fstat(file).st_size
    # A partial line of another app must not be joined with this one.
    is_torn = end > 0 and os.pread(file, 1, end - 1) != b"\n"
    rest, is_released = b"\n" * is_torn + line, False
    while rest:
        try:
            rest = rest[os.write(file, rest) :]
        except OSError as error:
            if is_released or not is_full(error):
                raise
            reserve.release()
            is_released = True


class CommandReader:
    """Reads commands as they are appended.

    Args:
        path: the file of commands.
        since: seconds since the epoch. Commands that are in the file already and older than this were meant
            for an earlier trainer; by default all of them are.
    """

    def __init__(self, path: Path, since: float = math.inf) -> None:
        self._path = path
        self._offset = 0
        self._decoder = msgspec.json.Decoder(Command)
        self._waiting: list[Command] = []
        present = self.read()
        self.earlier = [command for command in present if command.time < since]
        """Commands meant for an earlier trainer."""
        self._waiting = [command for command in present if command.time >= since]

    def peek(self) -> list[Command]:
        """Return the waiting commands without taking them."""
        self._waiting = self.read()
        return self._waiting

    def drop_first(self) -> None:
        """Take the first of the waiting commands."""
        del self._waiting[0]

    def read(self) -> list[Command]:
        """Take all waiting commands. Invalid lines are skipped.

        If the file cannot be read now, its commands come with a later call.
        """
        commands, self._waiting = self._waiting, []
        try:
            if self._path.stat().st_size <= self._offset:
                return commands
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return commands
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        for line in data[:whole].splitlines():
            try:
                commands.append(self._decoder.decode(line))
            except (ValueError, RecursionError):
                continue
        return commands
