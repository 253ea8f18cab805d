"""Data files in a folder that are not read, in one sentence."""

from collections.abc import Collection, Iterator
from pathlib import Path

from core.data.locations.folders.listing import data_files, folders_in
from core.text.plain import as_argument, quoted

_SHOWN = 3
_MOST_LISTED = 3  # files of a folder that are named one by one
_LEVELS = 2
_LISTS = ("classes", "class_names", "labels", "label_names", "mapping")
_MOST_NAMES = 100


def unread(folder: Path, taken: Collection[Path]) -> list[str]:
    """Say which data files of a folder are not read; empty if all are taken.

    Args:
        folder: where the data are.
        taken: files and folders in it that are read, or spoken of elsewhere.
    """
    found = list(_others(folder, set(taken), _LEVELS))
    if not found:
        return []
    listed = [each for each in found if each.stem.lower() in _LISTS]
    names = [each.relative_to(folder).as_posix() for each in found if each not in listed]
    said = (
        [f"not read: {quoted(names, _SHOWN)} (--validation FILE or --test FILE reads one)."] if names else []
    )
    return said + [_names_of_labels(each) for each in listed]


def _names_of_labels(path: Path) -> str:
    """What to say of a file that lists the names of the labels."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:_MOST_NAMES]
    except (OSError, ValueError):
        lines = []
    names = [line.strip() for line in lines if line.strip()]
    is_usable = names and len(lines) < _MOST_NAMES and not any("," in name or "\t" in name for name in names)
    given = f" {as_argument(','.join(names))}" if is_usable else ""
    return (
        f"not read: {path.name!r}. If it names the labels 0, 1, 2, …, give --label-names{given}; if the "
        "numbers begin with 1, with an unused name first."
    )


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
