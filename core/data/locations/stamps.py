"""Stamps of the files of a location: they differ once a file is changed, added or removed."""

import os
from collections.abc import Iterator
from pathlib import Path

from core.config.data_names import is_url, local_name, without_secrets
from core.data.formats.content import Stamp, stamp
from core.data.locations.patterns import is_pattern, listed, matching
from core.files.copies import latest_copy

_MOST_LEVELS = 4


def stamps_of(name: str) -> Iterator[tuple[str, Stamp]]:
    """Paths and stamps of the local files of a location; of a remote file, those of its copy."""
    for path in _files(local_name(name)):
        if now := stamp(path):
            yield str(path.absolute()), now


def _files(name: str) -> Iterator[Path]:
    if is_url(name):
        copy = latest_copy(without_secrets(name))
        yield from [copy] if copy else []
        return
    try:
        path = Path(name).expanduser()
        if path.is_dir():
            yield from sorted(_within(path, _MOST_LEVELS))
        elif path.exists() or not is_pattern(name):
            yield from listed(name) or [path]
        else:
            yield from map(Path, matching(name))
    except (OSError, ValueError, RuntimeError):
        return  # the error is raised when it is read


def _within(folder: Path, levels: int) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not entry.is_dir():
                yield Path(entry.path)
            elif levels:
                yield from _within(Path(entry.path), levels - 1)
