"""An unfinished output: its rows so far, and the record that lets the same job continue it."""

import contextlib
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import msgspec

from core.files import durable, lock
from core.prediction.row_formats import row_format
from core.problems import Problem
from core.text.format import counted

# Seconds between two syncs to the disk; rows written since may have to be written again.
SAVE_SECONDS = 3.0
# Seconds to wait for another process to release an output: a killed one runs on for a moment.
LOCK_SECONDS = 10.0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that determines the content of an output: only an equal job may continue it."""

    version: int = 3
    """Version of the way in which rows are divided and written."""
    file: str
    stamp: tuple[int, int]
    """Size of the file in bytes, and time of its last change."""
    weights: tuple[str, int, int]
    """Folder and mark of the checkpoint."""
    text_column: str
    columns: list[str]
    reading: dict[str, Any]
    """How the file is read."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of an output."""

    job: Job
    rows: int = 0
    bytes: int = 0
    """Length of the output with these rows; what follows is cut off."""
    labels: dict[str, int] = {}
    """Rows by predicted label."""
    classified: int = 0
    without_labels: int = 0
    truncated: int = 0
    seconds: float = 0.0


_CHANGES = {
    "version": "it was written by another version of the program",
    "file": "it was written from another file",
    "stamp": "the file has changed since",
    "weights": "the checkpoint has changed since",
    "text_column": "the text column has changed since",
    "columns": "the columns have changed since",
    "reading": "the file is to be read with other options",
}


class PartialOutput:
    """Collects the rows of `output` in `.NAME.writing` beside it, with their tally in `.NAME.tally`.

    A context manager that locks the output for this process. Both files stay when it ends, unless the output
    was completed or has no rows.

    Raises:
        Problem: in the context: the output cannot be written, or another process is writing it.
    """

    def __init__(self, output: Path, job: Job) -> None:
        self._output = output
        self._written = output.with_name(f".{output.name}.writing")
        self._record = _record(output)
        self._format = row_format(output.suffix.lower(), job.columns)
        self._is_complete = False
        self._saved_at = time.monotonic()
        self.tally = Tally(job=job)
        self.beginning = ""
        """Whether earlier output is continued, or why it is started over. Empty without earlier output."""

    def __enter__(self) -> Self:
        with self._explained(), contextlib.ExitStack() as closing:
            self._stream = closing.enter_context(self._open_alone())
            self.tally, self.beginning = self._what_was_done()
            self._stream.truncate(self.tally.bytes)
            self._stream.seek(0, os.SEEK_END)
            if not self.tally.rows:
                self._record.unlink(missing_ok=True)
                self._write(start := self._format.start())
                self.tally = msgspec.structs.replace(self.tally, bytes=len(start))
            closing.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        # If this fails, as on a full disk, the previous save is still valid.
        with contextlib.suppress(OSError), self._stream:
            if self._is_complete:
                return
            if self.tally.rows:
                self._save()
            else:
                self._written.unlink()

    def append(self, rows: list[tuple[object, ...]], tally: Tally) -> None:
        """Write rows, at least one.

        Args:
            rows: cells in the order of the columns.
            tally: of the output with these rows; `bytes` is set here.
        """
        with self._explained():
            content = self._format.encode(rows)
            self._write(content)
            self.tally = msgspec.structs.replace(tally, bytes=self.tally.bytes + len(content))
            if time.monotonic() - self._saved_at >= SAVE_SECONDS:
                self._save()

    def complete(self) -> None:
        """Sync the output and move it to its place."""
        with self._explained():
            whole = self._format.complete(self._written)
            durable.put_in_place(whole, self._output)
            self._is_complete = True
            self._record.unlink(missing_ok=True)
            if whole != self._written:
                self._written.unlink()

    def _open_alone(self) -> io.FileIO:
        """Open and lock the file of the rows. The kernel releases the lock when this process ends."""
        latest = time.monotonic() + LOCK_SECONDS
        while True:
            file = os.open(self._written, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            with contextlib.ExitStack() as closing:
                stream = closing.enter_context(io.FileIO(file, "r+"))
                with contextlib.suppress(BlockingIOError, FileNotFoundError):
                    lock.take(file, self._output.absolute().parent)
                    # The previous holder may have completed the output: then this is no longer the
                    # file of that name.
                    if os.path.samestat(os.fstat(file), self._written.stat()):
                        closing.pop_all()
                        return stream
            if time.monotonic() > latest:
                raise Problem(
                    "another process is writing it",
                    where=str(self._output),
                    mend="Wait until it has ended, or choose another --output.",
                )
            time.sleep(0.05)

    def _what_was_done(self) -> tuple[Tally, str]:
        fresh = Tally(job=self.tally.job)
        try:
            found = msgspec.json.decode(self._record.read_bytes(), type=Tally)
        except FileNotFoundError:
            return fresh, ""
        except (ValueError, RecursionError):
            return fresh, "started over: the tally cannot be read"
        for name, change in _CHANGES.items():
            if getattr(found.job, name) != getattr(fresh.job, name):
                return fresh, f"started over: {change}"
        if os.fstat(self._stream.fileno()).st_size < found.bytes:
            return fresh, "started over: the rows are gone"
        return found, f"continues after {counted(found.rows, 'row')}"

    def _write(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            left = left[self._stream.write(left) :]

    def _save(self) -> None:
        """Sync the rows first, then the tally that counts them."""
        os.fsync(self._stream.fileno())
        durable.write_whole(self._record, msgspec.json.encode(self.tally))
        self._saved_at = time.monotonic()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Problem(
                f"it cannot be written ({error.strerror or error})",
                where=str(self._output),
                mend="The same command continues where it stopped." if self.tally.rows else "",
            ) from None


def rows_kept(output: Path) -> int:
    """Number of rows after which the same task would continue."""
    try:
        return msgspec.json.decode(_record(output.expanduser()).read_bytes(), type=Tally).rows
    except (OSError, ValueError, RecursionError):
        return 0


def _record(output: Path) -> Path:
    return output.with_name(f".{output.name}.tally")
