"""Commands to a running trainer: one line of JSON each, appended by any app, acknowledged by an event."""

import os
import time
import uuid
from pathlib import Path
from typing import Literal

import msgspec

CommandName = Literal["pause", "resume", "stop", "evaluate", "checkpoint"]


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One order. `id` makes it countable: an acknowledgement names it."""

    id: str
    name: CommandName
    time: float


def post(path: Path, name: CommandName) -> Command:
    """Append a command to the file at `path` in one write and return it."""
    command = Command(id=uuid.uuid4().hex[:12], name=name, time=time.time())
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, msgspec.json.encode(command) + b"\n")
    finally:
        os.close(file)
    return command


class CommandReader:
    """Reads commands as they come. Those that were there before were for an earlier trainer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = path.stat().st_size if path.exists() else 0
        self._decoder = msgspec.json.Decoder(Command)

    def read(self) -> list[Command]:
        """Return the whole commands that came since the last call; lines that are none are passed over."""
        try:
            if self._path.stat().st_size <= self._offset:
                return []
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        commands = []
        for line in data[:whole].splitlines():
            try:
                commands.append(self._decoder.decode(line))
            except msgspec.MsgspecError:
                continue
        return commands
