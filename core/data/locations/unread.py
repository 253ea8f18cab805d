"""Data files in a folder that are not read, in one sentence."""

from collections.abc import Collection, Iterator
from pathlib import Path

from core.data.locations.listing import data_files, folders_in
from core.text.plain import quoted

_SHOWN = 3
_MOST_LISTED = 3  # files of a folder that are named one by one
_LEVELS = 2


def unread(folder: Path, taken: Collection[Path]) -> list[str]:
    """Say which data files of a folder are not read; empty if all are taken.

    Args:
        folder: where the data are.
        taken: files and folders in it that are read, or spoken of elsewhere.
    """
    found = list(_others(folder, set(taken), _LEVELS))
    if not found:
        return []
    names = [each.relative_to(folder).as_posix() for each in found]
    return [f"not read: {quoted(names, _SHOWN)} (--validation FILE or --test FILE reads one)."]


def _others(folder: Path, taken: set[Path], levels: int) -> Iterator[Path]:
    """Data files that are not taken; a folder with many of them, and no other, as itself."""
    yield from (path for path in data_files(folder) if path not in taken)
    for each in folders_in(folder) if levels else []:
        if each in taken:
            continue
        files = list(_others(each, taken, levels - 1))
        yield from (
            [each] if len(files) > _MOST_LISTED and not any(each in path.parents for path in taken) else files
        )
