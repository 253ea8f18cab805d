"""Pieces: a file that is one of several by its name, without a number of how many there are."""

import glob
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from core.problems import Problem, without_home
from core.text.plain import quoted

_WORDS = "part|piece|chunk|shard|batch"
_NAMED = re.compile(
    rf"(?P<before>(.*[^A-Za-z])?({_WORDS})[-_. ]?\(?)(?P<mark>\d{{1,5}}|[a-z])(?P<after>\)?(\.\w+)*)",
    re.IGNORECASE,
)
_OF = re.compile(  # 1of3, where `shards` does not know the form
    r"(?P<before>.*?)(?P<mark>\d{1,5})(?P<after>[-_. ]?of[-_. ]?\d{1,5}\)?(\.\w+)*)", re.IGNORECASE
)
_CUT = re.compile(r"(?P<before>[^.]*)(?P<mark>[a-z]{2})(?P<after>(\.[A-Za-z]+)?)")  # xaa, as of `split`
_CUT_NUMBERED = re.compile(r"(?P<before>.+\.)(?P<mark>\d{2,3})(?P<after>)")  # train.csv.001
_BEFORE_CUT = ("x", "_", "-", ".")  # what `split` puts before the letters, or people do
_NUMBERED = re.compile(r"(?P<before>.*?)(?P<mark>\d{1,2})(?P<after>\)?(\.[A-Za-z]\w*)+)")
_SHOWN = 5


@dataclass(frozen=True)
class Pieces:
    """A file and those beside it whose names differ in one place only."""

    names: list[str]
    """Of the others, in order."""
    pattern: str
    """Matches all of them."""
    is_cut: bool = False
    """Whether a file was cut into them, so that only the first has a header."""
    is_certain: bool = True
    """Whether they are pieces of the same data: a mere number may also be that of a version."""


def pieces_beside(path: Path) -> Pieces | None:
    """The file and other pieces that lie beside it; None if there are none."""
    try:
        names = sorted(each.name for each in path.parent.iterdir() if each.is_file())
    except OSError:
        return None  # the error is raised when the file is read
    for form, wild, is_cut, is_certain in (
        (_OF, "*", False, True),
        (_NAMED, "*", False, True),
        (_CUT_NUMBERED, "*", True, True),
        (_CUT, "", True, True),
        (_NUMBERED, "[0-9]*", False, False),
    ):
        if not (found := form.fullmatch(path.name)):
            continue
        before, after, is_number = found["before"], found["after"], found["mark"].isdecimal()
        marks = {
            name[len(before) : len(name) - len(after)]: name
            for name in names
            if (each := form.fullmatch(name))
            and (each["before"], each["after"]) == (before, after)
            and each["mark"].isdecimal() == is_number
        }
        if len(marks) > 1 and _count_on(sorted(marks), is_number):
            others = [name for name in marks.values() if name != path.name]
            wild = wild or _letters(marks)
            files = [path.with_name(marks[mark]) for mark in sorted(marks)[:2]]
            if is_cut and (is_cut := len(set(map(_first_line, files))) > 1) and form is _CUT:
                sizes = sorted(each.stat().st_size for each in files)
                if not before.endswith(_BEFORE_CUT) and sizes[1] > 1.5 * sizes[0]:
                    continue
            elif form is _CUT:
                is_certain = before.endswith(_BEFORE_CUT)
            pattern = f"{glob.escape(os.path.join(path.parent, before))}{wild}{glob.escape(after)}"  # noqa: PTH118 - before may be empty
            return Pieces(others, pattern, is_cut, is_certain)
    return None


def _letters(marks: Collection[str]) -> str:
    """A pattern of marks of letters that matches as little else as may be: `a[a-c]` of aa, ab and ac."""
    places = [sorted(set(letters)) for letters in zip(*marks, strict=True)]
    return "".join(each[0] if len(each) == 1 else f"[{each[0]}-{each[-1]}]" for each in places)


def _first_line(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.readline(1 << 16)


def _count_on(marks: Collection[str], is_number: bool) -> bool:
    """Whether the first two marks follow each other from the first one on: 0 and 1, 1 and 2, a and b."""
    if is_number:
        numbers = sorted(map(int, marks))
        return numbers[0] < 2 and numbers[1] == numbers[0] + 1
    first, second = sorted(marks)[:2]
    return (first, second) in (("a", "b"), ("aa", "ab"), ("A", "B"))


def check_alone(path: Path, named: Collection[str | None]) -> list[str]:
    """Check that training data are not one piece of several.

    Args:
        path: the training data.
        named: files for the other splits.

    Returns:
        What to say of files that may be others.

    Raises:
        Problem: other pieces lie beside it.
    """
    pieces = pieces_beside(path)
    given = {Path(name).expanduser().resolve() for name in named if name}
    others = [name for name in pieces.names if path.with_name(name).resolve() not in given] if pieces else []
    if pieces is None or not others:
        return []
    pattern = without_home(pieces.pattern)
    if not pieces.is_certain:
        return [f"not read: {quoted(others, _SHOWN)}, beside it ('{pattern}' reads all)."]
    all_of_them = f"name all of them: '{pattern}'"
    if pieces.is_cut:
        whole = _escaped(pattern)
        all_of_them = f"join them: cat {whole} > all.csv"
    raise Problem(
        f"one piece of {len(others) + 1:,}; {'the other is' if len(others) == 1 else 'the others are'} "
        f"{quoted(others, _SHOWN)}",
        where=without_home(str(path)),
        mend=f"To train on all, {all_of_them}. To train on this one alone, move it to a folder of its own.",
    )


def _escaped(pattern: str) -> str:
    """A pattern as a shell needs it."""
    return re.sub(r"([ ()'\"&;$])", r"\\\1", pattern)
