"""Caches: folders of the user, and the latest value in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import platformdirs

from core.problems import Problem

T = TypeVar("T")


def cache_folder(name: str) -> Path:
    """Where things of one kind are kept, such as `tokens`."""
    return platformdirs.user_cache_path("bertcls-tui", appauthor=False) / name


def cache_problem(what: str, folder: Path, error: OSError) -> Problem:
    """What to say when `what` cannot be written to a folder of the cache."""
    return Problem(
        f"{what} cannot be kept there ({error.strerror})",
        where=str(folder),
        mend="Make room, or set XDG_CACHE_HOME to a folder that has it.",
    )


class Latest(Generic[T]):
    """Keeps the value that was made last, as long as it is asked for by an equal key."""

    def __init__(self) -> None:
        self._kept: tuple[object, T] | None = None

    def get(self, key: object, make: Callable[[], T]) -> T:
        """The value for `key`. That of another key is released before a new one is made."""
        if self._kept is None or self._kept[0] != key:
            self._kept = None
            self._kept = (key, make())
        return self._kept[1]
