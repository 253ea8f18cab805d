"""What may lie in a directory that is read and written: files and folders, and no link out of it."""

import os
from collections.abc import Iterable
from pathlib import Path

from core.problems import Problem


def check_links(folder: Path) -> None:
    """Make sure that everything under `folder` is a file or folder, and no link to something elsewhere.

    A run that was copied from another machine could make its trainer write into other files, or put them into
    the model that it makes; a pipe or a device would be read for ever.

    Raises:
        Problem: there is something else.
    """
    whole = folder.resolve()
    for path, folders, files in os.walk(folder):
        _check((Path(path, name) for name in (*folders, *files)), whole)


def check_top(folder: Path) -> None:
    """As `check_links`, but without what lies deeper: quick enough to be asked again and again.

    Raises:
        OSError: the folder cannot be read.
        Problem: there is something else.
    """
    with os.scandir(folder) as entries:
        _check((Path(entry) for entry in entries if not _is_plain(entry)), folder.resolve())


def _is_plain(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)


def _check(entries: Iterable[Path], whole: Path) -> None:
    for entry in entries:
        if entry.is_symlink() and not _target(entry).is_relative_to(whole):
            raise Problem(
                "this is a link that leads out of the run",
                where=str(entry),
                mend="Put the file or folder itself in its place, or delete the link.",
            )
        if entry.exists() and not (entry.is_file() or entry.is_dir()):
            raise Problem("this is neither a file nor a folder", where=str(entry), mend="Delete it.")


def _target(link: Path) -> Path:
    try:
        return link.resolve()
    except (OSError, RuntimeError):  # it leads to itself
        return Path("/")
