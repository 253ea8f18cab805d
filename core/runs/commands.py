"""Commands to a running trainer: one line of JSON each, appended by any app, acknowledged by an event."""

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
"""`release` is a pause that gives the memory of the device back; the settings are those of `changes`."""

# Of a note; longer ones are cut.
LONGEST_TEXT = 500


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One order. `id` makes it countable: an acknowledgement names it, and it is obeyed once."""

    id: str
    name: CommandName
    time: float
    value: float | None = None
    """Of a setting: the new one."""
    text: str = ""
    """Of a note."""


def post(path: Path, name: CommandName, *, value: float | None = None, text: str = "") -> Command:
    """Append a command to the file at `path` and return it; a full disk has a reserve for it.

    Raises:
        Problem: it cannot be written.
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
    """Append a line, in one write where there is room for it."""
    end = os.fstat(file).st_size
    # What another app left half written must not spoil this one.
    is_torn = end > 0 and os.pread(file, 1, end - 1) != b"\n"
    rest, is_given_up = b"\n" * is_torn + line, False
    while rest:
        try:
            rest = rest[os.write(file, rest) :]
        except OSError as error:
            if is_given_up or not is_full(error):
                raise
            reserve.give_up()
            is_given_up = True


class CommandReader:
    """Reads commands as they come.

    Args:
        path: of their file.
        since: those that were there before and are older were for an earlier trainer; by default all of them.
            Seconds since the epoch.
    """

    def __init__(self, path: Path, since: float = math.inf) -> None:
        self._path = path
        self._offset = 0
        self._decoder = msgspec.json.Decoder(Command)
        self._waiting: list[Command] = []
        there = self.read()
        self.earlier = [command for command in there if command.time < since]
        """Commands for an earlier trainer."""
        self._waiting = [command for command in there if command.time >= since]

    def peek(self) -> list[Command]:
        """Return what `read` would, and will."""
        self._waiting = self.read()
        return self._waiting

    def drop_first(self) -> None:
        """Have the first of those that `peek` returns answered: it does not come again."""
        del self._waiting[0]

    def read(self) -> list[Command]:
        """Return the whole commands that came since the last call; lines that are none are passed over.

        What cannot be read now is read another time.
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
