"""Whether texts that look like single labels are several labels with a delimiter."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from core.text.plain import shortened

_RECURRENCE = {
    **dict.fromkeys(";|\n\t；｜、，،؛", 1.25),
    **dict.fromkeys(",·・•", 2.0),
    " ": 1.5,
    "#": 2.0,
}  # fmt: skip
"""By delimiter, the number of labels in which the parts must occur on average. Names often have commas."""
_JOINING = (*_RECURRENCE, "/", "+", "&", ":", "\\", "~", " and ", "／", "＋", "＆")
_WITHIN_NAMES = (" ", "-", "_")  # as in science fiction
_MOST_NAMES = 2  # labels that may be made of others and still be names
_MARKS = ("#", "__label__")  # in front of every label of a cell
_RECUR = 0.9  # share of the labels in joined cells that must also occur alone
_LIKELY = 0.5  # share of the distinct labels that must contain the delimiter
_ROWS = 0.01  # share of the rows that must have several labels
_DECIMAL = re.compile(r"-?\d+,\d+")
_HALF = re.compile(r"-?\d+,[05]")
_NUMBER = re.compile(r"-?\d+")
_MAX_LABELS = 5000  # to look at


@dataclass(frozen=True)
class Delimiter:
    """A delimiter that labels seem to be separated by."""

    delimiter: str
    is_certain: bool
    """Whether nearly all of the parts occur as labels by themselves."""
    why: str


def find_delimiter(counts: Counter[str], known: Collection[str] = ()) -> Delimiter | None:
    """The delimiter that joins labels in some of the cells, or None.

    Names of labels may hold any of these characters. So what counts is that the parts recur: as labels by
    themselves, or in other combinations.

    Args:
        counts: number of rows by cell.
        known: labels that are known to occur by themselves.
    """
    cells = Counter(dict(counts.most_common(_MAX_LABELS)))
    found = [one for delimiter in _RECURRENCE if (one := _judge(cells, delimiter, known))]
    return max(found, key=lambda one: one.is_certain, default=None)


@dataclass(frozen=True)
class Joined:
    """A label that is made of other labels."""

    label: str
    delimiter: str
    is_name: bool
    """Whether it may well be a name: `science fiction` beside `science` and `fiction`."""


def made_of_labels(labels: Iterable[str]) -> list[Joined]:
    """Labels whose parts at a delimiter are all labels themselves, ignoring case."""
    labels = list(labels)
    known = {label.casefold() for label in labels}
    return [
        Joined(label, delimiter, delimiter in _WITHIN_NAMES)
        for delimiter in dict.fromkeys((*_JOINING, *_WITHIN_NAMES))
        for label in labels
        if delimiter in label
        and len(parts := parts_of(label, delimiter)) > 1
        and all(part.casefold() in known for part in parts)
        and not _HALF.fullmatch(label)
    ]


def most_stand_alone(labels: Collection[str], delimiter: str) -> bool:
    """Whether nearly all parts of the labels that a delimiter would divide are labels themselves."""
    known = {label.casefold() for label in labels}
    divided = [parts for label in labels if len(parts := parts_of(label, delimiter)) > 1]
    parts = [part.casefold() for each in divided for part in each]
    return sum(part in known for part in parts) >= _RECUR * len(parts)


def parts_of(cell: str, delimiter: str) -> list[str]:
    """The labels in a cell."""
    return [part.strip() for part in cell.split(delimiter) if part.strip()]


def joining(made: Sequence[Joined]) -> Joined | None:
    """The first of these labels that is no name; None if all may be names.

    One or two may be, as is science fiction beside science and fiction. More at the same space, hyphen or
    underscore are several labels in a cell.
    """
    counts = Counter(one.delimiter for one in made)
    return next((one for one in made if not one.is_name or counts[one.delimiter] > _MOST_NAMES), None)


def _judge(cells: Counter[str], delimiter: str, known: Collection[str]) -> Delimiter | None:
    joined = {
        cell: parts for cell in cells if cell not in known and len(parts := parts_of(cell, delimiter)) > 1
    }
    if not joined or not _may_join(joined, delimiter):
        return None
    alone = {*known, *(part for cell in cells.keys() - joined.keys() for part in parts_of(cell, delimiter))}
    rows = sum(cells[cell] for cell in joined)
    total = sum(map(len, joined.values()))
    recurring = sum(part in alone for parts in joined.values() for part in parts) / total
    first = shortened(repr(max(joined, key=lambda cell: cells[cell])), 60)
    distinct = {part for parts in joined.values() for part in parts}
    may_be_decimal = delimiter == "," and all(map(_DECIMAL.fullmatch, joined))
    if delimiter == " " and not _are_marked(joined):
        if recurring < _RECUR or not _are_words_of(joined):
            return None  # a name of several words
        return Delimiter(delimiter, True, f"the words of cells such as {first} are labels by themselves")
    if recurring >= _RECUR and not may_be_decimal and (known or rows >= max(2, _ROWS * cells.total())):
        return Delimiter(delimiter, True, f"the parts of cells such as {first} are labels by themselves")
    if recurring >= (_RECUR if may_be_decimal else _LIKELY):
        return Delimiter(delimiter, False, f"{first}, whose parts are labels by themselves")
    if may_be_decimal:
        return None
    if delimiter == " " and any(map(_NUMBER.fullmatch, distinct)):
        return Delimiter(delimiter, False, f"{first}, numbers with spaces between them")
    if total >= _RECURRENCE[delimiter] * len(distinct) and len(joined) >= _LIKELY * len(cells):
        return Delimiter(delimiter, False, f"{first}, whose parts recur in other labels")
    return None


def _may_join(joined: dict[str, list[str]], delimiter: str) -> bool:
    """Whether the delimiter is likely to separate labels at all: decimal commas do not."""
    return delimiter != "," or not all(map(_HALF.fullmatch, joined))


def _are_marked(joined: dict[str, list[str]]) -> bool:
    """Whether the parts at a space are all numbers, or all have a mark in front."""
    return all(
        all(map(_NUMBER.fullmatch, parts)) or all(part.startswith(_MARKS) for part in parts)
        for parts in joined.values()
    )


def _are_words_of(joined: dict[str, list[str]]) -> bool:
    """Whether there are too many cells of several words for names, some of three: `cs.LG cs.CL stat.ML`."""
    return len(joined) > _MOST_NAMES and any(len(parts) > 2 for parts in joined.values())
