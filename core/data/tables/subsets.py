"""Names of splits, and the configuration of a data set that is read."""

from collections.abc import Sequence

from core.data.tables.table import assumption
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


def choose_subset(
    names: Sequence[str], wanted: str | None, where: str, default: str | None = None
) -> tuple[str, list[str]]:
    """The configuration to read, and the assumption if it was chosen among several.

    Args:
        names: of all configurations.
        wanted: by request.
        where: the data set.
        default: the one that the data set declares to be read unless another is wanted.

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
    first = default if default in names else DEFAULT
    if first is not None and first in names:
        declared = "README.md says so; " if first == default else ""
        others = quoted(sorted(set(names) - {first}), 5)
        why = f"{declared}the others are {others}"
        return first, [assumption(f"configuration {first!r}", why, "--subset")]
    raise Problem(
        f"{len(names)} configurations: {quoted(sorted(names))}",
        where=where,
        mend="Choose one of them with --subset.",
    )
