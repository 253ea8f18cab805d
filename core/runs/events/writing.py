"""EventWriter: append events to the file of a run."""

import contextlib
import os
import time
from pathlib import Path

import msgspec

from core.runs.events.kinds import AnyEvent


class _Numbered(msgspec.Struct):
    seq: int


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyEvent)
_numbered = msgspec.json.Decoder(_Numbered)
# Bytes read at a time in search of the last event.
_BLOCK = 1 << 16


class EventWriter:
    """Appends events to a file. One writer at a time: the holder of the run's lock.

    A partial last line, left by a killed writer, is removed; numbering continues after the last event.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._next = self._mend() + 1

    def write(self, event: AnyEvent, *, durable: bool = False) -> None:
        """Append `event` with its number and the time; `durable` waits until it is on the disk."""
        self.append(event)
        if durable:
            self.sync()

    def append(self, event: AnyEvent) -> AnyEvent | None:
        """Append `event` with its number and the time, whole or not at all.

        Returns:
            The event as readers see it; None where they skip it, because a value is out of range.
        """
        event = msgspec.structs.replace(event, seq=self._next, time=round(time.time(), 3))
        line = _encoder.encode(event) + b"\n"
        end = os.fstat(self._file).st_size
        written = 0
        try:
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            # On a full disk: the next event must not be joined to a partial line.
            os.ftruncate(self._file, end)
            raise
        self._next += 1
        try:
            return _decoder.decode(line)
        except msgspec.ValidationError:
            return None

    def sync(self) -> None:
        """Wait until everything is on the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Wait until everything is on the disk, and close the file."""
        self.sync()
        os.close(self._file)

    def _mend(self) -> int:
        """Remove a partial last line; return the number of the last readable event."""
        size = os.fstat(self._file).st_size
        end = size
        while end > 0:
            begin = max(0, end - _BLOCK)
            if (found := os.pread(self._file, end - begin, begin).rfind(b"\n")) >= 0:
                end = begin + found + 1
                break
            end = begin
        if end < size:
            os.ftruncate(self._file, end)
        return self._last_number(end)

    def _last_number(self, end: int) -> int:
        """Return the number of the last readable event before position `end`; 0 if there is none."""
        begin, later = end, list[bytes]()  # later: the rest of a line whose beginning is not found yet
        while begin > 0:
            begin = max(0, begin - _BLOCK)
            block = os.pread(self._file, min(_BLOCK, end - begin), begin)
            if begin > 0 and b"\n" not in block:
                later.append(block)
                end = begin
                continue
            lines = b"".join((block, *reversed(later))).split(b"\n")
            end, later = begin, []
            if begin > 0:
                later.append(lines.pop(0))  # it begins in the block before
            for line in reversed(lines):
                with contextlib.suppress(ValueError, RecursionError):
                    return _numbered.decode(line).seq
        return 0
