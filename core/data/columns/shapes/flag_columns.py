"""A column of 0 and 1 for each label: `toxic,obscene,insult`."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.data.columns.shapes.shape import Made, Skipped
from core.data.labels.names import is_blank
from core.data.tables.column_names import ABOUT, is_about, rank, split_flag
from core.data.tables.table import Cell, Table
from core.problems import Problem
from core.text.plain import shortened

_TRUTHS = {
    **dict.fromkeys(("true", "yes", "y", "t", "x", "✓", "✔", "☑"), 1),
    **dict.fromkeys(("false", "no", "n", "f", "-", "✗", "✘", "☐"), 0),
    **dict.fromkeys(("ja", "j", "oui", "si", "sí", "sim", "да", "是", "はい"), 1),
    **dict.fromkeys(("nein", "non", "não", "нет", "否", "いいえ"), 0),
}
_GAPS = frozenset(("na", "nan", "n/a", "#n/a", "<na>", "null", "none", "?"))  # in place of 0 or 1
_FLAGS: dict[Any, int] = {
    0: 0, 1: 1, -1: -1, "0": 0, "1": 1, "-1": -1, "0.0": 0, "1.0": 1, "-1.0": -1, **_TRUTHS,
}  # fmt: skip
_UNKNOWN = -1  # as in a test set whose labels are not all published
_MARKS = frozenset(("x", "+", "*", "✓", "✔", "☑", "1", "1.0", "true", "yes", "y", "t"))
_WRITTEN = {"true": "true and false", "yes": "yes and no", "y": "Y and N", "t": "T and F"}
_ABOUT_LABELS = frozenset(("is", "has", "label"))
# Columns of the same labels by somebody else, and not labels: label_true and label_pred.
_OF_SOMEBODY = frozenset(
    (
        *("true", "pred", "predicted", "prediction", "gold", "majority", "consensus", "human", "model"),
        *("old", "new", "final", "original", "train", "test", "auto", "manual", "noisy", "clean", "weak"),
    )
)
# What a site or a tool says of a post, in columns of 0 and 1 that are seldom labels.
_OF_POSTS = frozenset(
    (
        *("verified", "retweet", "retweeted", "reply", "quote", "quoted", "favorited", "truncated", "edited"),
        *("deleted", "pinned", "archived", "locked", "stickied", "protected", "anonymous", "processed"),
        *("reviewed", "duplicate", "duplicated", "liked", "promoted"),
    )
)
_ANNOTATORS = frozenset(
    (
        *("a", "r", "ann", "anno", "annot", "annotator", "annotation", "rater", "coder", "judge", "expert"),
        *("worker", "user", "reviewer", "labeler", "labeller", "person", "student", "crowd", "turker"),
    )
)
_AGREEING = 0.3  # share of the rows with a 1 in one of two columns that have it in both
_IN_BRACKETS = re.compile(r"([^\[\]()]+)[\[(]([^\[\]()]+)[\])]\s*")  # Q2[joy], as LimeSurvey writes it
_AT_END = re.compile(r"(.+\.[^.]+)\.([^.]*[^\W\d_][^.]*)")  # Answer.sentiment.joy, as Mechanical Turk does
_EDGE = re.compile(r"[\s_.:/=-]+|(?<=[a-z])(?=[A-Z])")


def flag_columns(label: str, known: Iterable[str]) -> tuple[str, ...]:
    """The columns of `known` that `label` names: two or more, separated by commas; empty if it does not."""
    known = set(known)
    names = tuple(name.strip() for name in label.split(","))
    return names if len(names) > 1 and len(set(names)) == len(names) and known.issuperset(names) else ()


def flags_in(head: Table) -> tuple[str, ...]:
    """The columns that say of a label each whether a text has it, written alike; empty if there are not two.

    If some of them share a word for labels, as `label_joy` and `label_awe` do, only those.
    """
    written = {
        name: how
        for name, cells in head.columns.items()
        if "," not in name and not _says_else(name) and (how := _notations(cells))
    }
    groups = [
        [name for name, hows in written.items() if how in hows]
        for how in ("number", "word", "mark")
        if how == "mark" or {how} in written.values()
    ]
    most = max(groups, key=len)
    if len(most) < 2:
        return ()
    family = next((each for each in _families(most) if len(each) > 1), [])
    return () if _are_of_annotators(family or most, head) else tuple(family or most)


def _says_else(name: str) -> bool:
    """Whether a name says that the column is no label: an id, a split, or a fact about a post."""
    return is_about(name) or split_flag(name) is not None or _words(name)[-1].lower() in _OF_POSTS


def _are_of_annotators(columns: Sequence[str], head: Table) -> bool:
    """Whether columns have the same label by several annotators: `ann1_toxic` and `ann2_toxic`.

    Also `anna_toxic` and `bob_toxic`, if they often agree; `verbal_abuse` and `physical_abuse` do not.
    """
    labels = [label for name in columns if (label := _judged(name))]
    if len(set(labels)) < len(labels):
        return True
    pairs = itertools.combinations(columns, 2)
    return any(
        _rest(one, 0)
        and _rest(one, 0).lower() == _rest(other, 0).lower()
        and rank(_rest(one, 0), "label") is None
        and _agree(head.columns[one], head.columns[other])
        for one, other in pairs
    )


def _judged(name: str) -> str:
    """The label that a column says an annotator gave; empty if it is a number of a label, as in `class_1`."""
    words = [word for each in _words(name) if (word := re.sub(r"\d", "", each).lower())]
    if len(words) > 1 and words[0] in _ANNOTATORS:
        words = words[2:] if len(words) > 2 and len(words[1]) == 1 else words[1:]  # rater_a_toxic
    label = " ".join(words)
    return "" if len(label) < 3 or rank(label, "label") is not None or label in _ABOUT_LABELS else label


def _agree(one: Sequence[Cell], other: Sequence[Cell]) -> bool:
    pairs = [(_flag(a) or _mark(a), _flag(b) or _mark(b)) for a, b in zip(one, other, strict=True)]
    given = [pair for pair in pairs if 1 in pair]
    return bool(given) and sum(pair == (1, 1) for pair in given) >= _AGREEING * len(given)


def share_word(columns: Sequence[str]) -> bool:
    """Whether all columns have the same word for labels and a label beside it, as `label_joy` has."""
    return len(columns) > 1 and any(len(each) == len(columns) for each in _families(columns))


def label_names(columns: Sequence[str]) -> list[str]:
    """The names of columns without what all of them share: of `is_joy`, joy; of `Q2[joy]`, too."""
    for pattern in (_IN_BRACKETS, _AT_END):
        matches = [pattern.fullmatch(name) for name in columns]
        if all(matches) and len({match[1] for match in matches if match}) == 1 < len(columns):
            return [match[2].strip() for match in matches if match]
    for place in (0, -1):
        words = {_words(name)[place].lower() for name in columns}
        word = words.pop()
        if not words and _is_about_labels(word, place):
            names = [_rest(name, place) for name in columns]
            return names if len(set(names)) == len(names) and all(map(_is_label, names)) else list(columns)
    return list(columns)


def said(columns: Sequence[str], head: Table) -> str:
    """What the columns are, as the reason for choosing them."""
    cells = [cell for name in columns for cell in head.columns[name] if not is_blank(cell)]
    words = set(map(_word, cells))
    if _are_marks([head.columns[name] for name in columns]):
        return f"a column for each label, with {str(cells[0])!r} if the text has it, empty if not"
    written = next((f", written as {_WRITTEN[word]}" for word in _WRITTEN if word in words), "")
    return "a column of 0 and 1 for each label" + written


def made_of_flags(columns: Sequence[str], head: Table) -> Made:
    """The names of the columns with a 1, as a list for each row; None if one of them is empty."""
    are_marks = _are_marks([head.columns[name] for name in columns])

    def make(table: Table) -> list[Any]:
        rows = zip(*(table.columns[name] for name in columns), table.lines, strict=True)
        return [_names(table, columns, row[:-1], row[-1], are_marks) for row in rows]

    return Made(tuple(columns), make)


def _names(table: Table, columns: Sequence[str], cells: Sequence[Cell], line: int, are_marks: bool) -> Any:
    flags = list(map(_mark if are_marks else _flag, cells))
    if None in flags:
        missing = [place for place, flag in enumerate(flags) if flag is None]
        wrong = next((place for place in missing if are_marks or not _is_gap(cells[place])), None)
        if wrong is None:
            return None
        raise Problem(
            f"column {columns[wrong]!r} holds {shortened(repr(cells[wrong]), 60)}, which is not 0 or 1",
            where=table.place(line),
            mend="Write 0 or 1 in each column of a label, or name other columns with --label-column.",
        )
    if _UNKNOWN in flags:
        return Skipped(f"-1 in column {columns[flags.index(_UNKNOWN)]!r}, an unknown label")
    return [name for name, flag in zip(columns, flags, strict=True) if flag]


def _flag(cell: Cell) -> int | None:
    """0, 1 or -1; None if the cell is none of them."""
    if isinstance(cell, str):
        found = _FLAGS.get(cell)
        return _FLAGS.get(_word(cell)) if found is None else found
    return _FLAGS.get(cell) if isinstance(cell, int | float) else None


def _mark(cell: Cell) -> int | None:
    """1 for a mark, 0 for an empty cell; None for other cells."""
    if is_blank(cell):
        return 0
    return 1 if _word(cell) in _MARKS else None


def _is_gap(cell: Cell) -> bool:
    return is_blank(cell) or (isinstance(cell, str) and _word(cell) in _GAPS)


def holds_flags(cells: Sequence[Cell]) -> bool:
    """Whether most cells are 0 and 1 in one of their notations, or marks."""
    given = [cell for cell in cells if not _is_gap(cell)]
    return 2 * sum(_flag(cell) is not None or _mark(cell) is not None for cell in given) > len(given)


def _word(cell: Cell) -> str:
    return str(cell).strip().casefold()


def _notations(cells: Sequence[Cell]) -> set[str]:
    """How the cells may say whether a text has a label, as a number, word or mark; empty if they do not.

    A column of 1 and empty cells may be both: numbers some of which are missing, and marks.
    """
    found = set()
    given = [cell for cell in cells if not _is_gap(cell)]
    if given and all(_flag(cell) is not None for cell in given):
        is_word = any(isinstance(cell, bool) or _word(cell) in _TRUTHS for cell in given)
        found.add("word" if is_word else "number")
    if len(given) < len(cells) and len(set(map(_word, given))) == 1 and _are_marks([cells]):
        found.add("mark")
    return found


def _are_marks(columns: Sequence[Sequence[Cell]]) -> bool:
    """Whether all cells are marks or empty, and there are both."""
    marks = {_mark(cell) for cells in columns for cell in cells}
    return marks == {0, 1}


def _families(columns: Sequence[str]) -> Iterator[list[str]]:
    """Groups of columns that have the same word for labels in front or at the end, and a label beside it."""
    for place in (0, -1):
        groups: dict[str, list[str]] = {}
        for name in columns:
            word = _words(name)[place].lower()
            if _is_about_labels(word, place) and word not in ("is", "has") and _is_label(_rest(name, place)):
                groups.setdefault(word, []).append(name)
        yield from groups.values()
    groups = {}
    for name in columns:
        path, _, label = name.rpartition(".")
        if "." in path and rank(path, "label") is not None and _is_label(label):
            groups.setdefault(path, []).append(name)  # Answer.sentiment.positive
    yield from groups.values()


def _words(name: str) -> list[str]:
    return [word for word in _EDGE.split(name) if word] or [name]


def _rest(name: str, place: int) -> str:
    """A name without its first or last word, which stands at `place`."""
    edges = [edge for edge in _EDGE.finditer(name) if edge.start() > 0 and edge.end() < len(name)]
    if not edges:
        return ""
    return name[edges[0].end() :].strip() if place == 0 else name[: edges[-1].start()].strip()


def _is_about_labels(word: str, place: int) -> bool:
    is_letter = len(word) == 1 and place != 0  # label_y is what a join calls the second label
    return word in _ABOUT_LABELS or (rank(word, "label") is not None and not is_letter)


def _is_label(rest: str) -> bool:
    """Whether the rest of a name is that of a label: not a, 1, x or pred, as of annotators and versions."""
    return len(rest) > 1 and not re.search(r"\d", rest) and rest.lower() not in _OF_SOMEBODY | ABOUT
