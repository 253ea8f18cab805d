"""Files that are whole or not there, and what it takes to have them on the disk."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file so that it has its whole content or is not there.

    Raises:
        OSError: it cannot be written; no part of it is left.
    """
    beside = path.with_name(f".{path.name}.writing")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        beside.unlink()  # on a full disk it would take the room that is missing
        raise
    beside.replace(path)
    sync_folder(path.parent)


def put_in_place(written: Path, path: Path) -> None:
    """Bring the file `written`, which lies beside `path`, to the disk and let it take that place."""
    _sync_file(written)
    written.replace(path)
    sync_folder(path.absolute().parent)


def sync_tree(folder: Path) -> None:
    """Bring every file under `folder`, and the folders themselves, to the disk."""
    for path in [*folder.rglob("*"), folder]:
        if path.is_dir():
            sync_folder(path)
        else:
            _sync_file(path)


def _sync_file(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the entries of `folder` to the disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
