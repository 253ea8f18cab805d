"""RunFollower: keeps the history of a run up to date and reports changes to a screen."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from textual.message import Message
from textual.message_pump import MessagePump

from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, EventFollower
from core.runs.history import History
from core.runs.process_directory import changed_at
from core.runs.state import RunState, state_of, unresponsive_seconds
from core.runs.step_series import StepBlock, condense

# Seconds between two readings: a screen draws at most twice a second.
TICK = 0.5
# Bytes of events decoded at a time, and how many such pieces are handed to the event loop together: seldom
# enough to cost nothing, often enough to show progress on a long run.
PIECE = 1 << 17
PIECES = 64
LOG_LINES = 1000
LOG_TAIL = 1 << 17


class RunUpdated(Message):
    """The run has changed. A newer message replaces a pending one."""

    def can_replace(self, message: Message) -> bool:
        """Whether this message makes `message` unnecessary."""
        return isinstance(message, RunUpdated)


class LogTail:
    """The end of a growing log: `lines` holds the last ones, `count` is the number of all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset: int | None = None
        self.lines: deque[str] = deque(maxlen=LOG_LINES)
        self.count = 0

    def read(self) -> list[str]:
        """The complete lines since the last call; at first the last ones of the file."""
        try:
            with self._path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if self._offset is None:
                    self._offset = max(0, size - LOG_TAIL)
                if size <= self._offset:
                    return []
                file.seek(self._offset)
                data = file.read(LOG_TAIL)
        except OSError:
            return []
        # A line longer than one read is taken in parts, or it would block the rest.
        whole = data.rfind(b"\n") + 1 or (len(data) if len(data) == LOG_TAIL else 0)
        self._offset += whole
        if not whole:
            return []
        lines = data[:whole].decode(errors="replace").removesuffix("\n").split("\n")
        # A progress bar overwrites its line: keep its last state.
        return [line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines]

    def add(self, lines: Iterable[str]) -> None:
        """Keep lines that `read` gave."""
        for line in lines:
            self.lines.append(line)
            self.count += 1


class _Update(NamedTuple):
    pieces: list[list[AnyEvent | StepBlock]]
    """Events in their order; empty at the end of the file."""
    lines: list[str]
    is_launching: bool
    is_alive: bool


class RunFollower:
    """Follows the events, the log and the trainer process of one run.

    Files are read in a thread; `history`, `log`, `state` and `is_alive` change only on the event loop.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.history = History()
        self.log = LogTail(run.log)
        self.is_alive = False
        self.is_ready = False
        """Whether the run has been read to its end once."""
        self._is_launching = False
        self._events = EventFollower(run.events)
        self._reported: tuple[object, ...] = ()
        self._heard_at = 0.0
        """Time of the last event, by the monotonic clock."""

    @property
    def unresponsive_seconds(self) -> float | None:
        """Seconds since the trainer last responded, if that is longer than expected; else None."""
        return unresponsive_seconds(self.history, self.state, time.monotonic() - self._heard_at)

    @property
    def state(self) -> RunState:
        """The state of the run."""
        return state_of(self.history, is_alive=self.is_alive, is_launching=self._is_launching)

    async def follow(self, target: MessagePump) -> None:
        """Read the run every tick, forever, and post a `RunUpdated` to `target` after a change.

        While a long run is read, post one every tick, so that the target can show the progress.
        """

        def report() -> None:
            target.post_message(RunUpdated())

        while True:
            if await self.catch_up(report):
                report()
            await asyncio.sleep(TICK)

    async def catch_up(self, on_piece: Callable[[], None] = lambda: None) -> bool:
        """Read what is new; return whether anything changed since the last call.

        Args:
            on_piece: called every tick while the reading lasts.
        """
        pieces, before = self._events.pieces(PIECE), self.history.count
        told_at = time.monotonic()
        while (update := await asyncio.to_thread(self._read, pieces)).pieces:
            self._take(update)
            if time.monotonic() - told_at >= TICK:
                told_at = time.monotonic()
                on_piece()
        self._take(update)
        if not self.is_ready:
            # The age of events written before the first reading is known by the wall clock only.
            self._heard_at = time.monotonic() - max(0.0, time.time() - changed_at(self.run.events))
        elif self.history.count != before:
            self._heard_at = time.monotonic()
        self.is_ready = True
        unresponsive, reported = self.unresponsive_seconds, self._reported
        seconds = None if unresponsive is None else int(unresponsive)
        self._reported = (self.history.count, self.log.count, self.state, seconds)
        return reported != self._reported

    def _take(self, update: _Update) -> None:
        for events in update.pieces:
            self.history.extend(events)
        self.log.add(update.lines)
        self.is_alive, self._is_launching = update.is_alive, update.is_launching

    def _read(self, pieces: Iterator[list[AnyEvent]]) -> _Update:
        # Liveness first: a trainer that ends in between has written all its events by then.
        launching, alive = self.run.is_launching, self.run.is_alive
        # Condensed in this thread, to keep the event loop free.
        found = [list(condense(events)) for events in islice(pieces, PIECES)]
        return _Update(found, self.log.read(), launching, alive)
