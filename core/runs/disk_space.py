"""Disk space: a run whose disk is full waits for space, records that it waits, and then continues."""

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
from core.runs.history import read_outline
from core.text import format

T = TypeVar("T")
# The default of `output.disk_wait`.
DISK_WAIT_SECONDS = 3600.0
# Set aside for the last events of a run, a few hundred bytes each.
_RESERVE_BYTES = 1 << 16
_MIN_RESERVE_BYTES = 1 << 12
_FULL = (errno.ENOSPC, errno.EDQUOT)
# Between two attempts; longer if the disk reports free space but writes still fail, as with a quota.
_POLL_SECONDS, _MAX_POLL_SECONDS = 0.2, 10.0


class Cancelled(Problem):
    """The run was asked to end while it waited for disk space."""


def is_full(error: OSError) -> bool:
    """Whether `error` means that the disk or the quota is full."""
    return error.errno in _FULL


class Reserve:
    """A file that occupies disk space, to be released when the disk is full."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self) -> bool:
        """Create the file unless it exists, smaller on a nearly full disk; return whether it exists.

        Raises:
            OSError: it cannot be written for another reason than a full disk.
        """
        if self._path.exists():
            return True
        size = _RESERVE_BYTES
        while size >= _MIN_RESERVE_BYTES:
            try:
                # Random bytes cannot be compressed or deduplicated by the file system.
                durable.write_whole(self._path, os.urandom(size))
                return True
            except OSError as error:
                if not is_full(error):
                    raise
                size //= 2
        return False

    def release(self) -> None:
        """Remove the file, so that its space can be used."""
        self._path.unlink(missing_ok=True)


class DiskSpace:
    """Retries writes that fail on a full disk, and records the wait as `blocked` and `unblocked` events.

    Args:
        run: the run.
        write_event: appends an event or raises an OSError.
        is_cancelled: whether the run should end instead of waiting.
    """

    def __init__(
        self,
        run: RunDirectory,
        write_event: Callable[[AnyEvent], object],
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder = run.path
        self._write_event = write_event
        self._reserve = Reserve(run.reserve)
        self._reserve.keep()
        self.seconds = DISK_WAIT_SECONDS
        """Longest wait before a write fails."""
        self._is_cancelled = is_cancelled
        self._has_failed = False

    def write(self, what: str, write: Callable[[], T], needed: int | None = None) -> T:
        """Call `write`, again after each failure on a full disk, and return its result.

        Args:
            what: display name of what is written, e.g. "the model".
            write: the operation; it must be repeatable after a failure.
            needed: bytes that must be free before another attempt, if known.

        Raises:
            Problem: there was no disk space for too long.
            Cancelled: the run was asked to end meanwhile.
        """
        try:
            return write()
        except (OSError, RuntimeError) as error:
            if self._has_failed or not self._is_full(error):
                raise
            reason = (error.strerror if isinstance(error, OSError) else None) or os.strerror(errno.ENOSPC)
        began = time.monotonic()
        self._reserve.release()
        blocked = Blocked(
            what=what,
            reason=reason,
            folder=without_home(str(self._folder)),
            needed=needed,
            seconds=self.seconds,
        )
        with contextlib.suppress(OSError):  # even the released space is taken: wait without an event
            self._write_event(blocked)
        found = self._wait(blocked, write, began)
        waited = time.monotonic() - began
        self.write("the events", lambda: self._write_event(Unblocked(what=what, seconds=round(waited, 3))))
        self._reserve.keep()
        return found

    def release_reserve(self) -> None:
        """Release the reserved space, for the last events of the run."""
        self._reserve.release()

    def _wait(self, blocked: Blocked, write: Callable[[], T], began: float) -> T:
        pause = _POLL_SECONDS
        while True:
            self._check(blocked, began)
            self._reserve.keep()  # a command may have released it
            time.sleep(pause)
            if shutil.disk_usage(self._folder).free < (blocked.needed or 0) + _RESERVE_BYTES:
                continue
            try:
                return write()
            except (OSError, RuntimeError) as error:
                if not self._is_full(error):
                    raise
                pause = min(2 * pause, _MAX_POLL_SECONDS)

    def _check(self, blocked: Blocked, began: float) -> None:
        """Check that the wait may continue.

        Raises:
            Problem: it took too long.
            Cancelled: the run was asked to end.
        """
        is_cancelled, waited = self._is_cancelled(), time.monotonic() - began
        if not is_cancelled and waited < self.seconds:
            return
        self._has_failed = True
        kind, how = Problem, f"waited for {format.duration(waited)}"
        if is_cancelled:
            kind, how = Cancelled, "the run was asked to end meanwhile"
        raise kind(
            f"{blocked.what} cannot be written ({blocked.reason}; {how})",
            where=blocked.folder,
            mend="Free disk space, then resume the run.",
        )

    def _is_full(self, error: Exception) -> bool:
        """Whether the disk is full. Errors of libraries may lack an errno, so the disk is probed."""
        if isinstance(error, OSError) and error.errno is not None:
            return is_full(error)
        return not self._has_space()

    def _has_space(self) -> bool:
        probe = self._folder / ".probe"
        try:
            durable.write_whole(probe, os.urandom(_RESERVE_BYTES))
        except OSError as error:
            return not is_full(error)
        finally:
            probe.unlink(missing_ok=True)
        return True


class WaitingEventWriter(EventWriter):
    """Appends events to a run, waits while the disk is full, and keeps the history of the run.

    Args:
        run: the run.
        on_event: called with each event once it is written.
        is_cancelled: whether the run should end instead of waiting for disk space.
        guard: context entered while an event is written, e.g. to defer signals.
    """

    def __init__(
        self,
        run: RunDirectory,
        *,
        on_event: Callable[[AnyEvent], None] | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
        guard: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        super().__init__(run.events)
        self.history = read_outline(run)
        """Outline of the run, including every event written so far."""
        self.disk_space = DiskSpace(run, lambda event: self._report(self.append(event)), is_cancelled)
        self._on_event = on_event
        self._guard = guard

    def append(self, event: AnyEvent) -> AnyEvent | None:
        """As `EventWriter.append`; the event is applied to `history` as well."""
        written = super().append(event)
        if written is not None:
            self.history.apply(written)
        return written

    def write(self, event: AnyEvent, *, durable: bool = False) -> None:
        """As `EventWriter.write`.

        Raises:
            Problem: there was no disk space for too long.
        """
        if isinstance(event, RunEnded):
            self.disk_space.release_reserve()
        with self._guard():
            # Two steps: if only the sync fails, the event must not be appended again.
            written = self.disk_space.write("the events", lambda: self.append(event))
            if durable:
                self.disk_space.write("the events", self.sync)
        self._report(written)

    def _report(self, written: AnyEvent | None) -> None:
        if written is not None and self._on_event is not None:
            self._on_event(written)
