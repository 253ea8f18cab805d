"""An output under way: what is written of it, and what it takes to go on with it after any end."""

import contextlib
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import msgspec

from core.files import durable, lock
from core.prediction.row_formats import row_format
from core.problems import Problem

# How often rows are brought to the disk; those written since may have to be written again.
SAVE_SECONDS = 3.0
# How long another process gets to leave an output: one that was killed works on for a moment.
LOCK_SECONDS = 10.0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What decides on the content of an output: what was written for an equal job still holds."""

    version: int = 2
    """Of the way in which rows are divided and written."""
    file: str
    stamp: tuple[int, int]
    """Size of the file in bytes, and when it was last changed."""
    weights: tuple[str, int, int]
    """Folder and mark of the checkpoint."""
    text_column: str
    columns: list[str]
    encoding: str | None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How far an output has come."""

    job: Job
    rows: int = 0
    bytes: int = 0
    """Length of what is written with these rows; what lies behind it is cut off."""
    labels: dict[str, int] = {}
    """Rows by predicted label."""
    classified: int = 0
    without_labels: int = 0
    truncated: int = 0
    seconds: float = 0.0


_CHANGES = {
    "version": "it was begun by another version of the program",
    "file": "it was begun with another file",
    "stamp": "the file was changed since",
    "weights": "the checkpoint is another one now",
    "text_column": "the text column is another one now",
    "columns": "the columns are others now",
    "encoding": "the encoding is another one now",
}


class PartialOutput:
    """Rows on their way to `output`: they grow in `.NAME.writing` beside it, with a tally in `.NAME.tally`.

    It is a context, in which the output belongs to this process alone. Both files outlive it however it ends,
    unless the output was completed or has no rows yet.

    Raises:
        Problem: in the context; something cannot be written, or another process is writing it.
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
        """That it goes on, or why it begins anew; empty where nothing was there before."""

    def __enter__(self) -> Self:
        with self._telling(), contextlib.ExitStack() as closing:
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
        # Where this fails, on a full disk, what was saved before it still holds.
        with contextlib.suppress(OSError), self._stream:
            if self._is_complete:
                return
            if self.tally.rows:
                self._save()
            else:
                self._written.unlink()

    def append(self, rows: list[tuple[object, ...]], tally: Tally) -> None:
        """Write some rows, at least one.

        Args:
            rows: cells in the order of the columns.
            tally: how far the output has come with them; how many bytes that are is found here.
        """
        with self._telling():
            content = self._format.encode(rows)
            self._write(content)
            self.tally = msgspec.structs.replace(tally, bytes=self.tally.bytes + len(content))
            if time.monotonic() - self._saved_at >= SAVE_SECONDS:
                self._save()

    def complete(self) -> None:
        """Bring the output to the disk and to its place."""
        with self._telling():
            whole = self._format.complete(self._written)
            durable.put_in_place(whole, self._output)
            self._is_complete = True
            self._record.unlink(missing_ok=True)
            if whole != self._written:
                self._written.unlink()

    def _open_alone(self) -> io.FileIO:
        """The file of the rows, locked: the kernel lets go of it when this process ends, however it ends."""
        latest = time.monotonic() + LOCK_SECONDS
        while True:
            file = os.open(self._written, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            with contextlib.ExitStack() as closing:
                stream = closing.enter_context(io.FileIO(file, "r+"))
                with contextlib.suppress(BlockingIOError, FileNotFoundError):
                    lock.take(file, self._output.absolute().parent)
                    # The one who held it may have completed the output: then this is not the file of that
                    # name.
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
        anew = Tally(job=self.tally.job)
        try:
            found = msgspec.json.decode(self._record.read_bytes(), type=Tally)
        except FileNotFoundError:
            return anew, ""
        except (ValueError, RecursionError):
            return anew, "begun anew: the tally of what was done cannot be read"
        for name, change in _CHANGES.items():
            if getattr(found.job, name) != getattr(anew.job, name):
                return anew, f"begun anew: {change}"
        if os.fstat(self._stream.fileno()).st_size < found.bytes:
            return anew, "begun anew: what was written is gone"
        return found, f"goes on after {found.rows:,} rows"

    def _write(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            left = left[self._stream.write(left) :]

    def _save(self) -> None:
        """First the rows, then the tally that counts on them."""
        os.fsync(self._stream.fileno())
        durable.write_whole(self._record, msgspec.json.encode(self.tally))
        self._saved_at = time.monotonic()

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Problem(
                f"it cannot be written ({error.strerror or error})",
                where=str(self._output),
                mend="The same command goes on where it stopped." if self.tally.rows else "",
            ) from None


def rows_kept(output: Path) -> int:
    """How many rows the same task would go on after, if it were asked for again."""
    try:
        return msgspec.json.decode(_record(output.expanduser()).read_bytes(), type=Tally).rows
    except (OSError, ValueError, RecursionError):
        return 0


def _record(output: Path) -> Path:
    return output.with_name(f".{output.name}.tally")
