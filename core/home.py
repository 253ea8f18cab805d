"""The home directory is written `~`: where a person's files lie is nobody's business but theirs."""

import re
from functools import lru_cache
from pathlib import Path


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
