"""Checks of the labels of the training data: whether they are read as meant."""

import re
from collections import Counter
from collections.abc import Collection, Iterator

from core.data.examples.index import ExampleIndex
from core.data.labels.cells import ONE_LABEL, PLAIN, LabelCells
from core.data.labels.delimiters import find_delimiter, joining, made_of_labels, most_stand_alone
from core.data.labels.names import kind_of
from core.data.labels.plain_names import name_within
from core.data.labels.spelling import bare, difference, merging, same_spelling
from core.data.labels.written import read_list
from core.problems import Problem
from core.text.format import counted
from core.text.plain import as_argument, quoted

_QUOTED = re.compile(r"([\"'`]).*\1", re.DOTALL)
_BRACKETED = re.compile(r"[\[{].*|.*[\]}]", re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d+([.,]\d*)?|[-+]?[.,]\d+")
_BITS = re.compile(r"[01]{3,}")
_MOST_HALVES = 21  # 0 to 10 in steps of a half
STAND_INS = frozenset(
    (
        *("-", "--", "---", "?", ".", "null", "nil", "nan", "nat", "na", "n.a.", "n/a", "<na>", "(null)"),
        *("(blank)", "(empty)", "#n/a", "#null!", "#value!", "#ref!", "#name?", "#div/0!", "missing"),
        *("unlabeled", "unlabelled", "not labeled", "not labelled", "not annotated"),
    )
)
"""Labels in lower case that often stand for none."""
_NULL_OF_PYTHON = "None"  # none is often a class


def number_of(label: str) -> float:
    """A label as a number, also one with a decimal comma; NaN if it is none."""
    return float(label.replace(",", ".")) if _NUMBER.fullmatch(label) else float("nan")


def _any_fraction(numbers: list[float]) -> bool:
    return not all(number.is_integer() for number in numbers)


def are_scores(cells: LabelCells, labels: Collection[str]) -> bool:
    """Whether labels are numbers with decimals, and neither stars in steps of a half nor made of labels."""
    if cells != ONE_LABEL or made_of_labels(labels):
        return False
    numbers = list(map(number_of, labels))
    if any(number != number for number in numbers) or not _any_fraction(numbers):
        return False
    return len(numbers) > _MOST_HALVES or not all((2 * number).is_integer() for number in numbers)


def check_spelled(index: ExampleIndex, column: str) -> Iterator[Problem]:
    """Labels that look like lists, like several labels, or as if the file was read with another quote."""
    if index.examples.cells.form not in ("label", "list"):
        return
    if _may_be_unlabelled(index) and len(index.counts) > 3:
        rows = counted(index.counts["-1"], "row has", "rows have")
        yield Problem(
            f"{rows} the label '-1' beside {quoted(sorted(index.counts.keys() - {'-1'}, key=int), 5)}: "
            "-1 often stands for no label",
            where=column,
            mend=f"Drop them with --drop-label -1, or keep it as one with --label-delimiter {PLAIN}.",
        )
        return
    keep = f"If they are labels as they stand, keep them with --label-delimiter {PLAIN}."
    truths = [label for label in index.counts if label.casefold() in ("true", "false")]
    numbers = [label for label in index.counts if kind_of([label]) == "integer"]
    if truths and len(numbers) > 1:
        yield Problem(
            f"labels are truth values, {quoted(sorted(truths))}, and numbers, {quoted(sorted(numbers), 5)}",
            where=column,
            mend=f"Write them alike, or count one as another, as in --merge-label true=1. {keep}",
        )
        return
    if listed := by_line(index, set(filter(_is_list, index.counts))):
        label, line = listed[0]
        yield Problem(
            f"the label {quoted([label])} looks like a list of labels, but most rows have plain ones",
            where=index.place(line),
            mend="Use lists in all rows, also of one label. "
            f"If it is one label as it stands, keep it with --label-delimiter {PLAIN}.",
        )
    elif joined := find_delimiter(Counter(index.counts)):
        yield _several(joined.why, joined.delimiter, column, keep)
    elif made := joining(made_of_labels(index.counts)):
        yield _several(f"{quoted([made.label])}, whose parts are labels", made.delimiter, column, keep)
    elif _are_bits(index.counts):
        yield Problem(
            f"labels look like vectors of 0 and 1 without a delimiter: {quoted(sorted(index.counts), 3)}",
            where=column,
            mend=f"Write them as [0,1,0]. {keep}",
        )
    else:
        yield from _check_marks(index, column, keep)


def _are_bits(labels: Collection[str]) -> bool:
    """Whether all labels are strings of 0 and 1 of the same length, some with a zero in front."""
    return (
        len(labels) > 1
        and len(set(map(len, labels))) == 1
        and all(map(_BITS.fullmatch, labels))
        and any(label.startswith("0") for label in labels)
    )


def _several(example: str, delimiter: str, column: str, keep: str) -> Problem:
    """Labels that are several labels in a cell."""
    shown = repr(delimiter) if delimiter.isprintable() else f"${delimiter!r}"
    return Problem(
        f"labels look like several labels in a cell, as in {example}",
        where=column,
        mend=f"Separate them with --label-delimiter {shown}. {keep}",
    )


def _check_marks(index: ExampleIndex, column: str, keep: str) -> Iterator[Problem]:
    """Labels with quotes, brackets or delimiters around them."""
    names = {label: name_within(label) or bare(label) for label in index.counts}
    marked = by_line(
        index,
        {
            label
            for label, name in names.items()
            if name_within(label) or name in index.counts.keys() - {label}
        },
    )
    if marked:
        label, line = marked[0]
        merges = " ".join(merging([label, names[label]], {names[label]: 1}) for label, _ in marked[:3])
        yield Problem(
            f"the label {quoted([label])} is {quoted([names[label]])} with other characters around it",
            where=index.place(line),
            mend=f"Correct the rows, or count them as the other label with {merges}. {keep}",
        )
        return
    for odd, most, what, mend in (
        (_QUOTED, 0.0, "have quotes around them", "Name the quote of the cells with --quote."),
        (_BRACKETED, 0.5, "look like lists that cannot be read", "Write them as ['joy', 'love']."),
    ):
        if index.cells.in_columns:
            break  # names of columns
        found = sorted(filter(odd.fullmatch, index.counts))
        if len(found) > most * len(index.counts):
            labels = "most labels" if 2 * len(found) > len(index.counts) else "some labels"
            yield Problem(f"{labels} {what}: {quoted(found, 3)}", where=column, mend=f"{mend} {keep}")


def _is_list(label: str) -> bool:
    """Whether a label is a list, and not only a word in brackets."""
    items = read_list(label)
    return items is not None and (len(items) != 1 or "'" in label or '"' in label)


def warn_about_values(index: ExampleIndex) -> Iterator[str]:
    """Labels that may stand for none, and numbers that are learned as classes."""
    if index.cells.delimiter == PLAIN:
        return
    for label in index.counts:
        if label.casefold() in STAND_INS or label == _NULL_OF_PYTHON:
            yield _may_be_none(index, label, "a label")
    if index.cells != ONE_LABEL:
        return
    if _may_be_unlabelled(index):
        yield _may_be_none(index, "-1", "a label, as in negative, neutral and positive")
    numbers = {label: number_of(label) for label in index.counts}
    if all(number == number for number in numbers.values()) and _any_fraction(list(numbers.values())):
        ends = sorted(numbers, key=lambda label: numbers[label])
        yield f"{index.source}: the labels {ends[0]} to {ends[-1]} are numbers; each is a class of its own."


def _may_be_none(index: ExampleIndex, label: str, what: str) -> str:
    rows = counted(index.counts[label], "row", "rows")
    return (
        f"{index.source}: {label!r} ({rows}) counts as {what}. If it stands for none, drop the rows "
        f"with --drop-label {as_argument(label)}."
    )


def _may_be_unlabelled(index: ExampleIndex) -> bool:
    """Whether -1 stands beside the numbers from 0 on, and is the least: of -2 to 2, it is a step."""
    if not {"-1", "0", "1"} <= index.counts.keys() or kind_of(index.counts) != "integer":
        return False
    return min(map(int, index.counts)) == -1


def warn_about_spelling(index: ExampleIndex) -> Iterator[str]:
    """Labels that differ only in spelling, and how to merge them."""
    for same in same_spelling(index.counts):
        how = merging(same, index.counts)
        yield (
            f"{index.source}: the labels {quoted(same)} differ only in {difference(same)} and count as "
            f"different. {how} merges them."
        )
    if index.cells != ONE_LABEL:  # several labels, or one by request
        return
    named = [one for one in made_of_labels(index.counts) if one.is_name]
    for joined in [one for one in named if most_stand_alone(index.counts, one.delimiter)][:3]:
        yield (
            f"{index.source}: the label {quoted([joined.label])} is made of other labels and counts as "
            f"one of its own. --label-delimiter {joined.delimiter!r} makes it several."
        )


def by_line(index: ExampleIndex, labels: set[str]) -> list[tuple[str, int]]:
    """Labels with the lines of their first examples, in the order of the lines."""
    return sorted(((label, index.first_lines[label]) for label in labels), key=lambda found: found[1])
