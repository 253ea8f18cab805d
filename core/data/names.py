"""What can be wrong with the names of columns, whatever format they come from."""

from collections.abc import Sequence

from core.problems import Problem
from core.text.plain import shortened

MOST_COLUMNS = 4096  # what has more is no table of texts and labels
_LONGEST_NAME = 1000  # characters


def check_names(names: Sequence[str], where: str) -> None:
    """Make sure that columns are few enough, and their names short enough, to be chosen from.

    Raises:
        Problem: they are not.
    """
    if len(names) > MOST_COLUMNS:
        raise Problem(
            f"there are {len(names):,} columns, more than the {MOST_COLUMNS:,} that are read",
            where=where,
            mend="Keep the columns of the texts and of the labels.",
        )
    longest = max(names, key=len, default="")
    if len(longest) > _LONGEST_NAME:
        raise Problem(
            f"the name of a column has {len(longest):,} characters, {shortened(longest, 60)!r}",
            where=where,
            mend=f"Give it a name of at most {_LONGEST_NAME:,}, or put a row with names at the top.",
        )
