"""RunFollower: keeps the history of a run up to date while the run goes on, and tells a screen about it."""

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

# Seconds between two looks: with one message each, a screen draws at most twice a second.
TICK = 0.5
# Bytes of events that are decoded at a time, and how many such pieces are handed to the event loop together:
# seldom enough to cost nothing, often enough to tell how far a long run has been read.
PIECE = 1 << 17
PIECES = 64
LOG_LINES = 1000
LOG_TAIL = 1 << 17


class RunUpdated(Message):
    """The run that is followed has changed. A newer one takes the place of one that still waits."""

    def can_replace(self, message: Message) -> bool:
        """Whether `message` need not be handled any more."""
        return isinstance(message, RunUpdated)


class LogTail:
    """The end of a log that grows. `lines` holds the last ones, `count` how many there were in all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset: int | None = None
        self.lines: deque[str] = deque(maxlen=LOG_LINES)
        self.count = 0

    def read(self) -> list[str]:
        """The whole lines that came since the last call; at first the last ones of the file."""
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
        # A line longer than all that is read at once is taken as it is, or it would hold up the rest.
        whole = data.rfind(b"\n") + 1 or (len(data) if len(data) == LOG_TAIL else 0)
        self._offset += whole
        if not whole:
            return []
        lines = data[:whole].decode(errors="replace").removesuffix("\n").split("\n")
        # A progress bar writes over its own line: its last state is the line.
        return [line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines]

    def add(self, lines: Iterable[str]) -> None:
        """Keep lines that `read` gave."""
        for line in lines:
            self.lines.append(line)
            self.count += 1


class _News(NamedTuple):
    pieces: list[list[AnyEvent | StepBlock]]
    """Events as they came; none at the end of the file."""
    lines: list[str]
    is_launching: bool
    is_alive: bool


class RunFollower:
    """Follows one run directory: its events, its log and whether its trainer lives.

    Files are read in a thread; `history`, `log`, `state` and `is_alive` change only on the event loop.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.history = History()
        self.log = LogTail(run.log)
        self.is_alive = False
        self.is_ready = False
        """Whether the run has been read up to now at least once."""
        self._is_launching = False
        self._events = EventFollower(run.events)
        self._told: tuple[object, ...] = ()
        self._heard_at = 0.0
        """When the last event came, by a clock that nobody sets."""

    @property
    def silence(self) -> float | None:
        """Seconds without a sign of the trainer, where that is longer than its rhythm explains."""
        return unresponsive_seconds(self.history, self.state, time.monotonic() - self._heard_at)

    @property
    def state(self) -> RunState:
        """The state of the run."""
        return state_of(self.history, is_alive=self.is_alive, is_launching=self._is_launching)

    async def follow(self, target: MessagePump) -> None:
        """Look at the run every tick, for ever; post one `RunUpdated` to `target` when it has changed.

        While a long run is read there is one a tick as well, so that the target can keep up with it.
        """

        def tell() -> None:
            target.post_message(RunUpdated())

        while True:
            if await self.catch_up(tell):
                tell()
            await asyncio.sleep(TICK)

    async def catch_up(self, on_piece: Callable[[], None] = lambda: None) -> bool:
        """Read everything that is new; return whether the run is another than at the last call.

        Args:
            on_piece: called once a tick while this takes that long.
        """
        pieces, before = self._events.pieces(PIECE), self.history.count
        told_at = time.monotonic()
        while (news := await asyncio.to_thread(self._read, pieces)).pieces:
            self._take(news)
            if time.monotonic() - told_at >= TICK:
                told_at = time.monotonic()
                on_piece()
        self._take(news)
        if not self.is_ready:
            # How long ago an event was that one has not seen coming, only the clock that people set can tell.
            self._heard_at = time.monotonic() - max(0.0, time.time() - changed_at(self.run.events))
        elif self.history.count != before:
            self._heard_at = time.monotonic()
        self.is_ready = True
        silent, told = self.silence, self._told
        seconds = None if silent is None else int(silent)
        self._told = (self.history.count, self.log.count, self.state, seconds)
        return told != self._told

    def _take(self, news: _News) -> None:
        for events in news.pieces:
            self.history.extend(events)
        self.log.add(news.lines)
        self.is_alive, self._is_launching = news.is_alive, news.is_launching

    def _read(self, pieces: Iterator[list[AnyEvent]]) -> _News:
        # Liveness first: a trainer that ends in between has written all its events before it let go.
        launching, alive = self.run.is_launching, self.run.is_alive
        # Condensed here: the events are still in the processor's cache, and the event loop has little to do.
        news = [list(condense(events)) for events in islice(pieces, PIECES)]
        return _News(news, self.log.read(), launching, alive)
