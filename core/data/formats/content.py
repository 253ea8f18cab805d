"""Content: the bytes of a file, decompressed while they are read."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from core.data.formats.file_types import COMPRESSIONS, SAMPLE, check_file_type
from core.data.formats.zip_archive import DAMAGED, UnusableArchive, open_member
from core.problems import Problem

Stamp = tuple[int, int, int]
"""Inode, size in bytes, time of the last change."""


def stamp(path: Path) -> Stamp | None:
    """The stamp of a file, which differs once the file is changed or replaced; None if there is no file."""
    with contextlib.suppress(OSError, ValueError):
        status = path.stat()
        return status.st_ino, status.st_size, status.st_mtime_ns
    return None


class _RawFile(io.RawIOBase):
    """A file on disk. Errors while opening or reading it are raised as Problems."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _as_problems(path):
            if path.exists() and not path.is_file():
                raise Problem("not a regular file", where=str(path), mend="Name a data file.")
            self._file = path.open("rb", buffering=0)
            self._size = os.fstat(self._file.fileno()).st_size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _as_problems(self._path):
            return self._file.readinto(buffer) or 0

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with _as_problems(self._path):
            return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    @property
    def share(self) -> float:
        """Share of the file read so far, 0 to 1."""
        return min(1.0, self._file.tell() / self._size) if self._size else 1.0


@contextlib.contextmanager
def _as_problems(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise Problem("no such file", where=str(path), mend="Check the path.") from None
    except OSError as error:
        raise Problem(
            f"cannot read the file ({error.strerror})",
            where=str(path),
            mend="Check the path and its permissions.",
        ) from None
    except ValueError:
        raise Problem("not a valid file name", where=repr(str(path)), mend="Check the path.") from None


def _open_zstd(file: io.BufferedReader) -> Any:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")


_DECOMPRESSORS: dict[str, Callable[[io.BufferedReader], Any]] = dict(
    zip(
        COMPRESSIONS,
        (
            lambda file: gzip.GzipFile(fileobj=file, mode="rb"),
            lzma.LZMAFile,
            _open_zstd,
            bz2.BZ2File,
            open_member,
        ),
        strict=True,
    )
)


class Content:
    """The content of a file, decompressed if its name ends in one of `COMPRESSIONS`.

    Raises:
        Problem: the file is missing, unreadable, empty, damaged, or not compressed as its name says.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._extension = path.suffix.lower()
        self._raw = _RawFile(path)
        self._stream: Any = io.BufferedReader(self._raw, SAMPLE)
        try:
            start = self._stream.peek()
            if start and self._extension in COMPRESSIONS:
                check_file_type(start, self._extension, path)
                self._stream = self._decompressed(self._stream)
            self.sample = self.read(SAMPLE)
            """The first bytes."""
            if not self.sample:
                raise Problem("the file is empty", where=str(path), mend="Name a file with data.")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def share(self) -> float:
        """Share of the file read so far, 0 to 1."""
        return self._raw.share

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield the content in blocks of at most `size` bytes."""
        for start in range(0, len(self.sample), size):
            yield self.sample[start : start + size]
        while block := self.read(size):
            yield block

    def read(self, size: int) -> bytes:
        """Read the next bytes; none at the end."""
        try:
            block: bytes = self._stream.read(size)
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, *DAMAGED):
            raise Problem(
                f"the {self._extension} file is damaged or truncated",
                where=str(self._path),
                mend="Copy or download it again.",
            ) from None
        return block

    def _decompressed(self, stream: io.BufferedReader) -> Any:
        try:
            return _DECOMPRESSORS[self._extension](stream)
        except UnusableArchive as error:
            raise Problem(str(error), where=str(self._path), mend=error.mend) from None

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._raw.close()
