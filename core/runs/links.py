"""Symbolic links in a directory that is read and written: none may lead out of it."""

import os
from pathlib import Path

from core.problems import Problem


def check_links(folder: Path) -> None:
    """Make sure that nothing under `folder` is a link to something elsewhere.

    A run that was copied from another machine could make its trainer write into other files, or put them into
    the model that it makes.

    Raises:
        Problem: there is such a link.
    """
    whole = folder.resolve()
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            entry = Path(path) / name
            if entry.is_symlink() and not _target(entry).is_relative_to(whole):
                raise Problem(
                    "this is a link that leads out of the run",
                    where=str(entry),
                    mend="Put the file or folder itself in its place, or delete the link.",
                )


def _target(link: Path) -> Path:
    try:
        return link.resolve()
    except (OSError, RuntimeError):  # it leads to itself
        return Path("/")
