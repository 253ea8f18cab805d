"""Shards: the files into which large splits are divided, such as `train-00000-of-00002.parquet`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from core.problems import Problem
from core.text.plain import quoted

_PATTERN = re.compile(r"(?P<stem>.+?)[-_.](?P<number>\d{1,5})-of-(?P<total>\d{1,5})(?!\d).*", re.DOTALL)
# The Hub used to append a hash, which differs from shard to shard.
_HASH = re.compile(r"-[0-9a-f]{16}(?=\.)")
# Spark and Dask number their parts, and tell the number of parts nowhere.
_PART = re.compile(r"part[-_.](?P<number>\d+)(?!\d).*?(?P<extension>(\.[A-Za-z]+)*)", re.DOTALL)
_NAMED = 5


@dataclass(frozen=True)
class Shard:
    """A name of a shard."""

    stem: str
    """What comes before the number: `train`."""
    digits: str
    total: int
    before: str
    after: str

    @classmethod
    def of(cls, name: str) -> Self | None:
        """The shard with this file name; None if it is none of several."""
        found = _PATTERN.fullmatch(name)
        if not found or int(found["total"]) < 2:
            return None
        start, end = found.span("number")
        after = _HASH.sub("-…", name[end:])
        return cls(found["stem"], found["number"], int(found["total"]), name[:start], after)

    def missing(self, names: Iterable[str]) -> list[str]:
        """Names of the other shards that are not among `names`."""
        others = [each for name in names if (each := Shard.of(name)) and each.key == self.key]
        numbers = {int(each.digits) for each in [self, *others]}
        first = 1 if max(numbers) >= self.total else 0  # some programs count from 1
        every = range(first, first + self.total)
        return [self.name(number) for number in every if number not in numbers]

    @property
    def key(self) -> tuple[str, int]:
        """Equal for shards of the same split."""
        return self.before, self.total

    @property
    def pattern(self) -> str:
        """Matches all shards of the split."""
        return f"{self.before}*{self.after.replace('…', '*')}"

    def name(self, number: int) -> str:
        """The name of another shard."""
        return f"{self.before}{number:0{len(self.digits)}d}{self.after}"


def without_shard(name: str) -> str:
    """The name of a file without the number of its shard: `train` of `train-00000-of-00002`."""
    found = _PATTERN.fullmatch(name)
    return found["stem"] if found else name


def check_shards(files: Sequence[Path], where: str = "") -> None:
    """Check that no shard is missing.

    Args:
        files: by name.
        where: the folder, if `files` are copies.

    Raises:
        Problem: one is missing; with the names of those that are.
    """
    names = [path.name for path in files]
    for path in files:
        shard = Shard.of(path.name)
        if shard and (missing := shard.missing(names)):
            raise Problem(
                f"{len(missing)} of {shard.total} shards missing: {quoted(missing, _NAMED)}",
                where=where or str(path.parent),
                mend="Copy them there too: some of the shards are not the data.",
            )


def check_whole(path: Path) -> None:
    """Check that a file is not one shard of several.

    Raises:
        Problem: it is; with the names of the others.
    """
    if not (shard := Shard.of(path.name)):
        _check_no_other_parts(path)
        return
    others = quoted(shard.missing([]), _NAMED)
    try:
        missing = shard.missing([each.name for each in path.parent.iterdir()])
    except OSError:
        missing = shard.missing([])
    raise Problem(
        f"one shard of {shard.total}; the others are {others}",
        where=str(path),
        mend=f"Copy {quoted(missing, _NAMED)} to its folder, and name all: '{path.with_name(shard.pattern)}'."
        if missing
        else f"Name all of them: '{path.with_name(shard.pattern)}', or their folder.",
    )


def parts_in(folder: Path) -> list[Path]:
    """The parts with rows that make up a folder, as Spark writes it; none if other files lie there too.

    Raises:
        Problem: the program that writes them has not finished.
    """
    files = sorted(path for path in folder.iterdir() if path.name[0] not in "._" and path.is_file())
    found = [_PART.fullmatch(path.name) for path in files]
    if not files or not all(found) or len({each["extension"] for each in found if each}) > 1:
        return []
    if (folder / "_temporary").exists():
        raise Problem(
            "the program that writes its parts has not finished, or has failed",
            where=str(folder),
            mend="Wait for it, or write the folder again.",
        )
    return [path for path in files if path.stat().st_size]


def _check_no_other_parts(path: Path) -> None:
    """Check that no other parts lie beside a part.

    Raises:
        Problem: there are some.
    """
    if not (part := _PART.fullmatch(path.name)):
        return
    try:
        found = [_PART.fullmatch(each.name) for each in sorted(path.parent.iterdir())]
    except OSError:
        return  # the error is raised when the file is read
    others = [
        each[0]
        for each in found
        if each and each["extension"] == part["extension"] and each["number"] != part["number"]
    ]
    if others:
        pattern = f"{path.name[: part.start('number')]}*{part['extension']}"
        raise Problem(
            f"one part of {len(others) + 1:,}; {'the other is' if len(others) == 1 else 'the others are'} "
            f"{quoted(others, _NAMED)}",
            where=str(path),
            mend=f"Name all of them: '{path.with_name(pattern)}'.",
        )
