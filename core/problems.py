"""Problem: the exception for errors that a user can correct. Shown as a sentence, never as a traceback."""

import re
from functools import lru_cache
from pathlib import Path


class Problem(Exception):  # noqa: N818 - not an error of the program
    """An error outside the program: in a file or a setting, a missing model, a full disk.

    Args:
        what: what is wrong, without a full stop ("empty text").
        where: the file and line, column or setting.
        mend: how to correct it, in full sentences.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what = what
        self.where = where
        self.mend = mend
        super().__init__(str(self))

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}." if self.where else f"{self.what[:1].upper()}{self.what[1:]}."
        return without_home(f"{sentence} {self.mend}".strip())


def without_home(text: str) -> str:
    """Abbreviate the home directory in paths to `~`."""
    try:
        home = str(Path.home())
    except RuntimeError:  # a user without a home directory
        return text
    return _pattern(home).sub("~", text) if len(home) > 1 and home in text else text


@lru_cache(maxsize=4)
def _pattern(home: str) -> re.Pattern[str]:
    """Matches the home directory at the start of a path, but not a directory with a longer name."""
    return re.compile(rf"(?<![\w./~-]){re.escape(home)}(?![\w.-])")
