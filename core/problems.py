"""The one exception for what a person can mend: it is shown as a sentence, never as a traceback."""

import re
from functools import lru_cache
from pathlib import Path


class Problem(Exception):  # noqa: N818 - it is no error of the program
    """Something outside the program is wrong: a file, a setting, a missing model, a full disk.

    Args:
        what: what is wrong, a clause without a full stop ("the label column is missing").
        where: the file, line, column or setting it is about.
        mend: how to mend it, a whole sentence.
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
    """`text`, in which paths under the home directory begin with `~`."""
    try:
        home = str(Path.home())
    except RuntimeError:  # a user without any
        return text
    return _pattern(home).sub("~", text) if len(home) > 1 and home in text else text


@lru_cache(maxsize=4)
def _pattern(home: str) -> re.Pattern[str]:
    """The home directory where a path begins with it, and none whose name only begins so."""
    return re.compile(rf"(?<![\w./~-]){re.escape(home)}(?![\w.-])")
