"""Several files: a pattern such as `train-*.parquet`, or names separated by commas."""

import glob
import re
from collections.abc import Mapping
from pathlib import Path

from core.config import DataConfig
from core.data.locations.folders.split_files import read_files
from core.data.tables.subsets import FILE
from core.data.tables.table import Reader
from core.problems import Problem, without_home
from core.text.plain import quoted

_MOST_FILES = 10_000
_NUMBERS = re.compile(r"(\d+)")


def is_pattern(name: str) -> bool:
    """Whether a name that is no file has `*`, `?` or `[`."""
    return glob.has_magic(name)


def in_pattern(pattern: str, config: DataConfig) -> Mapping[str, Reader]:
    """The reader of all files that match, in the order of their names; numbers within names by value.

    Raises:
        Problem: none matches, or a shard is missing.
    """
    files = [Path(path) for path in matching(pattern)]
    if not files:
        raise Problem("no file matches this pattern", where=pattern, mend="Check the path.")
    if len(files) > _MOST_FILES:
        raise Problem(
            f"{len(files):,} files match, more than {_MOST_FILES:,}",
            where=pattern,
            mend="Join them to fewer files, or give a folder that holds a folder of texts for each label.",
        )
    return {FILE: read_files(files, config, without_home(pattern))}


def matching(pattern: str) -> list[str]:
    """The files that match a pattern, in order. `**` matches folders in folders."""
    found = glob.glob(str(Path(pattern).expanduser()), recursive=True)  # noqa: PTH207 - also absolute
    return sorted((path for path in found if Path(path).is_file()), key=_by_number)


def listed(name: str) -> list[Path]:
    """The files in a name with commas; none if any of them does not exist."""
    try:
        parts = [Path(part.strip()).expanduser() for part in name.split(",")]
        return parts if len(parts) > 1 and all(part.is_file() for part in parts) else []
    except (OSError, ValueError, RuntimeError):
        return []  # the error is raised when it is read


def in_list(files: list[Path], config: DataConfig) -> Mapping[str, Reader]:
    """The reader of files named one by one.

    Raises:
        Problem: a file is named twice, or a shard is missing.
    """
    if twice := sorted({str(path) for path in files if files.count(path) > 1}):
        raise Problem(f"{quoted(twice)} named twice", where="data", mend="Name each file once.")
    return {FILE: read_files(files, config, ",".join(without_home(str(path)) for path in files))}


def _by_number(name: str) -> list[tuple[int, str]]:
    """`part-10` comes after `part-9`."""
    return [
        (int(part) if part.isascii() and part.isdecimal() and len(part) < 20 else -1, part)
        for part in _NUMBERS.split(name)
    ]
