"""Names of splits, and the configuration of a data set that is read."""

from collections.abc import Sequence

from core.data.table import assumption
from core.problems import Problem
from core.text.plain import quoted

DEFAULT = "default"
FILE = "file"
"""The split of a location that is a single file: it can be any split."""

_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}


def split_of(name: str) -> str | None:
    """The split with this name; None if it names none."""
    return _NAMES.get(name.lower())


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
