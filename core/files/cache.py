"""Caches: folders of the user, and the latest value in memory."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import platformdirs

from core.problems import Problem

T = TypeVar("T")


def cache_folder(name: str) -> Path:
    """The cache folder for things of one kind, such as `tokens`. Follows XDG_CACHE_HOME."""
    return platformdirs.user_cache_path("bertcls-tui", appauthor=False) / name


def cache_problem(what: str, folder: Path, error: OSError) -> Problem:
    """A folder of the cache that cannot be written to."""
    mend = "Set XDG_CACHE_HOME to a folder that can be written."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        mend = "Free disk space, or set XDG_CACHE_HOME to a folder on another disk."
    elif error.errno == errno.EFBIG:
        mend = "Raise the limit on the size of files: ulimit -f."
    return Problem(f"cannot store {what} ({error.strerror})", where=str(folder), mend=mend)


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
