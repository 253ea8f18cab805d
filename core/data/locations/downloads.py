"""Copies of remote files in the cache folder. A copy is complete or missing, and never changes."""

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


def latest_copy(address: str) -> Path | None:
    """The copy of an address that was used last; None if there is none."""
    copies = [path for path in _folder(address).glob("*/*") if not path.parent.name.startswith(".")]
    return max(copies, key=lambda path: path.parent.stat().st_mtime, default=None)


def keep_copy(address: str, version: str, name: str, download: Callable[[Path], None]) -> Path:
    """The copy of a version of a file; downloaded if it is missing.

    Args:
        address: of the file, without secrets.
        version: differs once the file changes; empty if the server names none.
        name: of the copy.
        download: writes the file to a path.

    Raises:
        Problem: the copy cannot be stored.
    """
    folder = _folder(address)
    if version and (found := folder / _digest(version) / name).is_file():
        os.utime(found.parent)
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_WRITING, dir=folder) as beside:
            written = Path(beside) / "copy" / name
            written.parent.mkdir()
            download(written)
            found = folder / _digest(version or _content_of(written)) / name
            if not found.is_file():
                found.parent.mkdir(exist_ok=True)
                written.replace(found)
            os.utime(found.parent)
    except OSError as error:
        raise cache_problem("a copy of the file", folder, error) from None
    _remove_unused(folder.parent)
    return found


def _folder(address: str) -> Path:
    return cache_folder("downloads") / _digest(address)


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
