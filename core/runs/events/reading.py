"""EventFollower: read the events of a run as they are written."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.runs.events.kinds import AnyEvent

_decoder = msgspec.json.Decoder(AnyEvent)

# A plan with very many long labels may be as long. In bytes.
MAX_LINE = 1 << 27
_BEGIN = b'{"kind":"'
_STEPS_BEFORE_A_STEP = re.compile(rb'^\{"kind":"step",.*\n(?=\{"kind":"step",)', re.MULTILINE)


class EventFollower:
    """Reads each event of a growing file once, in order. A missing file has no events yet.

    Args:
        path: the file.
        every_step: if False, only the last of consecutive steps is read. That is several times as fast and
            enough for everything but curves and counts.
    """

    def __init__(self, path: Path, *, every_step: bool = True) -> None:
        self._path = path
        self._every_step = every_step
        self.offset = 0
        """Bytes read so far."""
        self.unreadable = 0
        """Number of skipped lines: damaged, or of a newer program."""

    def read(self, limit: int = 1 << 24) -> list[AnyEvent]:
        """Return the events written since the last call, from at most `limit` bytes or one longer line.

        A partial last line is left for the next call.
        """
        return next(self.pieces(limit), [])

    def pieces(self, limit: int = 1 << 17) -> Iterator[list[AnyEvent]]:
        """Yield all events written since the last call, in pieces of at most `limit` bytes.

        A piece is decoded at once, or line by line if a line is damaged. Pieces that fit into the cache of
        the CPU are fastest.
        """
        while data := self._read_lines(limit):
            self.offset += len(data)
            yield self._decode(data)

    def _read_lines(self, limit: int) -> bytes:
        """Return complete unread lines; empty if there are none."""
        blocks: list[bytes] = []
        size = 0
        try:
            with self._path.open("rb") as file:
                file.seek(self.offset)
                while block := file.read(limit):
                    if end := block.rfind(b"\n") + 1:
                        return b"".join((*blocks, block[:end]))
                    blocks.append(block)
                    size += len(block)
                    if size > MAX_LINE:  # too long for an event: skip it
                        self.offset += size
                        blocks, size = [], 0
        except FileNotFoundError:
            pass
        return b""

    def _decode(self, lines: bytes) -> list[AnyEvent]:
        """Decode a block of complete lines."""
        if not self._every_step:
            events = _decode_at_once(_STEPS_BEFORE_A_STEP.sub(b"", lines))
            if events is not None:
                return events
        events = _decode_at_once(lines)
        return self._decode_each(lines) if events is None else events

    def _decode_each(self, lines: bytes) -> list[AnyEvent]:
        """Decode line by line, skipping invalid lines."""
        events: list[AnyEvent] = []
        for line in lines.split(b"\n"):
            if not line:
                continue
            try:
                events.append(_decoder.decode(line))
            except (ValueError, RecursionError):
                self.unreadable += 1
        return events


def _decode_at_once(lines: bytes) -> list[AnyEvent] | None:
    """Decode complete lines in a third of the time; None if a line is not exactly one event."""
    count = lines.count(b"\n")
    # Ensures that each line end separates two objects, so that none is inside of an object.
    if not lines.startswith(_BEGIN) or lines.count(b"}\n" + _BEGIN) != count - 1:
        return None
    try:
        events: list[AnyEvent] = _decoder.decode_lines(lines)
    except (ValueError, RecursionError):
        return None
    return events if len(events) == count else None
