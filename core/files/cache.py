"""The cache of the user: what can be made again at any time."""

from pathlib import Path

import platformdirs

from core.problems import Problem


def cache_folder(name: str) -> Path:
    """Where things of one kind are kept, such as `tokens`."""
    return platformdirs.user_cache_path("bertcls-tui", appauthor=False) / name


def cannot_keep(what: str, folder: Path, error: OSError) -> Problem:
    """What to say when `what` cannot be written to a folder of the cache."""
    return Problem(
        f"{what} cannot be kept there ({error.strerror})",
        where=str(folder),
        mend="Make room, or set XDG_CACHE_HOME to a folder that has it.",
    )
