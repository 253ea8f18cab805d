"""EventFollower: reads the events of a run as they come."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.runs.events.kinds import AnyEvent

_decoder = msgspec.json.Decoder(AnyEvent)

# The plan of a run with very many long labels may be as long.
LONGEST_LINE = 1 << 27
_BEGIN = b'{"kind":"'
_STEPS_BEFORE_A_STEP = re.compile(rb'^\{"kind":"step",.*\n(?=\{"kind":"step",)', re.MULTILINE)


class EventFollower:
    """Reads the events of a file that grows: each one once, in order. A missing file has none yet.

    Args:
        path: the file.
        every_step: without it, of steps in a row only the last is read, and of the others not even whether
            they can be: enough for everything but curves and counts, and several times as quick.
    """

    def __init__(self, path: Path, *, every_step: bool = True) -> None:
        self._path = path
        self._every_step = every_step
        self.offset = 0
        """Bytes of the file that were read."""
        self.unreadable = 0
        """Lines that were no event: of a newer program, or damaged."""

    def read(self, limit: int = 1 << 24) -> list[AnyEvent]:
        """Return the events that came since the last call, from at most `limit` bytes or one longer line.

        A half-written last line is "not yet" and stays for the next call.
        """
        return next(self.pieces(limit), [])

    def pieces(self, limit: int = 1 << 17) -> Iterator[list[AnyEvent]]:
        """Yield all events that came since the last call, those of at most `limit` bytes at a time.

        A piece is decoded at once, and again line by line where one is damaged. It is quickest while its
        events fit into the cache of a processor.
        """
        while data := self._read_lines(limit):
            self.offset += len(data)
            yield self._decode(data)

    def _read_lines(self, limit: int) -> bytes:
        """The whole lines that were not read yet; none when there is no such line."""
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
                    if size > LONGEST_LINE:  # this is no event, whatever still comes of it
                        self.offset += size
                        blocks, size = [], 0
        except FileNotFoundError:
            pass
        return b""

    def _decode(self, lines: bytes) -> list[AnyEvent]:
        """The events of a block of whole lines."""
        if not self._every_step:
            events = _decode_at_once(_STEPS_BEFORE_A_STEP.sub(b"", lines))
            if events is not None:
                return events
        events = _decode_at_once(lines)
        return self._decode_each(lines) if events is None else events

    def _decode_each(self, lines: bytes) -> list[AnyEvent]:
        """The events among `lines`, of which some are none."""
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
    """The events of whole lines in a third of the time; None when they are not an event each."""
    count = lines.count(b"\n")
    # Only so is every line end one between two objects, and none inside of one.
    if not lines.startswith(_BEGIN) or lines.count(b"}\n" + _BEGIN) != count - 1:
        return None
    try:
        events: list[AnyEvent] = _decoder.decode_lines(lines)
    except (ValueError, RecursionError):
        return None
    return events if len(events) == count else None
