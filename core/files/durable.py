"""Durable writes: a file is complete or missing, and survives a crash."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file atomically and durably.

    Raises:
        OSError: the file cannot be written. No part of it is left.
    """
    beside = path.with_name(f".{path.name}.writing")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        beside.unlink()  # on a full disk it would use up space
        raise
    beside.replace(path)
    sync_folder(path.parent)


def put_in_place(written: Path, path: Path) -> None:
    """Sync `written`, a file in the folder of `path`, and rename it to `path`."""
    _sync_file(written)
    written.replace(path)
    sync_folder(path.absolute().parent)


def sync_tree(folder: Path) -> None:
    """Sync every file and folder under `folder`, and `folder` itself."""
    for path in [*folder.rglob("*"), folder]:
        if path.is_dir():
            sync_folder(path)
        else:
            _sync_file(path)


def _sync_file(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Sync the entries of `folder`."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
