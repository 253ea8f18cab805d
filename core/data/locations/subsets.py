"""Configurations of a data set: which one is read."""

from collections.abc import Sequence

from core.data.table import assumption
from core.problems import Problem
from core.text.plain import quoted

DEFAULT = "default"


def choose_subset(names: Sequence[str], wanted: str | None, where: str) -> tuple[str, list[str]]:
    """The configuration to read, and the assumption if it was chosen among several.

    Raises:
        Problem: there is no such configuration, or several and none was named.
    """
    if wanted is not None and wanted in names:
        return wanted, []
    if wanted is not None and not (list(names) == [DEFAULT]):
        raise Problem(
            f"no configuration {wanted!r}, only {quoted(sorted(names))}",
            where=where,
            mend="Choose one of them with --subset.",
        )
    if len(names) == 1:
        return names[0], []
    if DEFAULT in names:
        others = quoted(sorted(set(names) - {DEFAULT}), 5)
        return DEFAULT, [assumption(f"configuration {DEFAULT!r}", f"the others are {others}", "--subset")]
    raise Problem(
        f"{len(names)} configurations: {quoted(sorted(names))}",
        where=where,
        mend="Choose one of them with --subset.",
    )
