"""Room on the disk: what finds none is told, and written when there is some."""

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from core.files import durable
from core.problems import Problem, without_home
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, Blocked, EventWriter, RunEnded, Unblocked
from core.runs.history import read_history
from core.text import format

T = TypeVar("T")
# How long a full disk is waited for where nobody says otherwise.
DISK_WAIT_SECONDS = 3600.0
# Kept for the last words of a run: some events, of a few hundred bytes each.
_RESERVE_BYTES = 1 << 16
_LEAST_RESERVE_BYTES = 1 << 12
_FULL = (errno.ENOSPC, errno.EDQUOT)
# Between two looks; longer where the disk seems to have room and yet does not take it, as with a quota.
_POLL_SECONDS, _MOST_SECONDS = 0.2, 10.0


class Cancelled(Problem):
    """The run was asked to end while it waited for room."""


def is_full(error: OSError) -> bool:
    """Whether it says that there is no room."""
    return error.errno in _FULL


class Reserve:
    """A file that only takes up room, so that there is some when it is given up."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self) -> bool:
        """Take as much room as there is, up to what is enough; return whether it is any.

        Raises:
            OSError: something else is wrong.
        """
        if self._path.exists():
            return True
        size = _RESERVE_BYTES
        while size >= _LEAST_RESERVE_BYTES:
            try:
                # Random, so that no file system can store it in less.
                durable.write_whole(self._path, os.urandom(size))
                return True
            except OSError as error:
                if not is_full(error):
                    raise
                size //= 2
        return False

    def give_up(self) -> None:
        """Let others have it."""
        self._path.unlink(missing_ok=True)


class DiskSpace:
    """Sees to it that a run that finds no room waits for some, and says so.

    Args:
        run: the run.
        write_event: appends an event or raises an OSError.
    """

    def __init__(self, run: RunDirectory, write_event: Callable[[AnyEvent], object]) -> None:
        self._folder = run.path
        self._write_event = write_event
        self._reserve = Reserve(run.reserve)
        self._reserve.keep()
        self.seconds = DISK_WAIT_SECONDS
        """How long it waits before it gives up."""
        self.is_cancelled: Callable[[], bool] = lambda: False
        """Whether the run is to end in place of waiting."""
        self.on_end: Callable[[], None] = lambda: None
        """Called when there was room again."""
        self._is_given_up = False

    def write(self, what: str, write: Callable[[], T], needed: int | None = None) -> T:
        """What `write` returns, as soon as there is room for it.

        Args:
            what: is written, for people ("the model").
            write: can be called again after it failed.
            needed: how many bytes it takes; before they are free it is not tried again.

        Raises:
            Problem: there was no room for too long.
            CalledOff: the run is to end.
        """
        try:
            return write()
        except (OSError, RuntimeError) as error:
            if self._is_given_up or not self._is_full(error):
                raise
            reason = (error.strerror if isinstance(error, OSError) else None) or os.strerror(errno.ENOSPC)
        began = time.monotonic()
        self._reserve.give_up()
        blocked = Blocked(
            what=what,
            reason=reason,
            folder=without_home(str(self._folder)),
            needed=needed,
            seconds=self.seconds,
        )
        with contextlib.suppress(OSError):  # another took the last room: nothing can be told, but waited for
            self._write_event(blocked)
        found = self._wait(blocked, write, began)
        waited = time.monotonic() - began
        self.write("the events", lambda: self._write_event(Unblocked(what=what, seconds=round(waited, 3))))
        self._reserve.keep()
        self.on_end()
        return found

    def give_up_reserve(self) -> None:
        """What was kept is for the last words."""
        self._reserve.give_up()

    def _wait(self, blocked: Blocked, write: Callable[[], T], began: float) -> T:
        pause = _POLL_SECONDS
        while True:
            self._check(blocked, began)
            self._reserve.keep()  # it may have been given up for a command
            time.sleep(pause)
            if shutil.disk_usage(self._folder).free < (blocked.needed or 0) + _RESERVE_BYTES:
                continue
            try:
                return write()
            except (OSError, RuntimeError) as error:
                if not self._is_full(error):
                    raise
                pause = min(2 * pause, _MOST_SECONDS)

    def _check(self, blocked: Blocked, began: float) -> None:
        """Make sure that there is still something to wait for.

        Raises:
            Problem: it took too long.
            CalledOff: the run is to end.
        """
        is_cancelled, waited = self.is_cancelled(), time.monotonic() - began
        if not is_cancelled and waited < self.seconds:
            return
        self._is_given_up = True
        kind, how = Problem, f"waited for {format.duration(waited)}"
        if is_cancelled:
            kind, how = Cancelled, "the run was asked to end meanwhile"
        raise kind(
            f"{blocked.what} cannot be written ({blocked.reason}; {how})",
            where=blocked.folder,
            mend="Free disk space, then resume the run.",
        )

    def _is_full(self, error: Exception) -> bool:
        """Whether there is no room; libraries that have words of their own for it do not say so."""
        if isinstance(error, OSError) and error.errno is not None:
            return is_full(error)
        return not self._has_disk_space()

    def _has_disk_space(self) -> bool:
        probe = self._folder / ".probe"
        try:
            durable.write_whole(probe, os.urandom(_RESERVE_BYTES))
        except OSError as error:
            return not is_full(error)
        finally:
            probe.unlink(missing_ok=True)
        return True


class WaitingEventWriter(EventWriter):
    """Appends events to those of a run; where they find no room it waits."""

    def __init__(self, run: RunDirectory) -> None:
        super().__init__(run.events)
        self.history = read_history(run)
        """Of the run, up to and with the last event that was written."""
        self.disk_space = DiskSpace(run, self.append)
        self.guard: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
        """Entered while an event is written: nothing may interrupt that."""

    def append(self, event: AnyEvent) -> AnyEvent | None:
        """As `EventWriter.append`; the event is applied to `history` as well."""
        written = super().append(event)
        if written is not None:
            self.history.apply(written)
        return written

    def write(self, event: AnyEvent, *, durable: bool = False) -> None:
        """As `EventWriter.write`.

        Raises:
            Problem: there was no room for too long.
        """
        if isinstance(event, RunEnded):
            self.disk_space.give_up_reserve()
        with self.guard():
            # Apart: what is appended is not appended again where the disk says late that it is full.
            self.disk_space.write("the events", lambda: self.append(event))
            if durable:
                self.disk_space.write("the events", self.sync)
