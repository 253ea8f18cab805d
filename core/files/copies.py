"""Copies in the cache folder, of remote files and of what is slow to read. A copy is complete or missing."""

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.files.cache import cache_folder, cache_problem

_UNUSED_SECONDS = 30 * 24 * 3600  # after which a copy is removed
_WRITING = ".writing-"
DOWNLOADS = "downloads"
"""Kind of the copies of remote files."""


def latest_copy(address: str, kind: str = DOWNLOADS) -> Path | None:
    """The copy of an address that was used last; None if there is none."""
    copies = [path for path in _folder(kind, address).glob("*/*") if not path.parent.name.startswith(".")]
    return max(copies, key=lambda path: path.parent.stat().st_mtime, default=None)


def keep_copy(
    address: str, version: str, name: str, write: Callable[[Path], None], kind: str = DOWNLOADS
) -> Path:
    """The copy of a version of a file; written if it is missing.

    Args:
        address: of the file, without secrets.
        version: differs once the file changes; empty if it is unknown.
        name: of the copy.
        write: writes the copy to a path.
        kind: of the copies; a folder of the cache.

    Raises:
        Problem: the copy cannot be stored.
    """
    folder = _folder(kind, address)
    if version and (found := folder / _digest(version) / name).is_file():
        os.utime(found.parent)
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_WRITING, dir=folder) as beside:
            written = Path(beside) / "copy" / name
            written.parent.mkdir()
            write(written)
            found = folder / _digest(version or _content_of(written)) / name
            if not found.is_file():
                found.parent.mkdir(exist_ok=True)
                written.replace(found)
            os.utime(found.parent)
    except OSError as error:
        raise cache_problem("a copy of the file", folder, error) from None
    _remove_unused(folder.parent)
    return found


def _folder(kind: str, address: str) -> Path:
    return cache_folder(kind) / _digest(address)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]


def _content_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_unused(folder: Path) -> None:
    """Remove copies that were not used for a month."""
    with contextlib.suppress(OSError):  # another process may remove them too
        for copy in folder.glob("*/*"):
            if time.time() - copy.stat().st_mtime > _UNUSED_SECONDS:
                shutil.rmtree(copy, ignore_errors=True)
