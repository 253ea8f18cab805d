"""Checks of texts and labels: problems that stop a run, and warnings. One function per check."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from core.config import DataConfig
from core.data.columns import Columns
from core.data.examples.index import ExampleIndex, Places
from core.data.labels.cells import ONE_LABEL, PLAIN
from core.data.labels.delimiters import find_delimiter, made_of_labels
from core.data.labels.matching import show_sides
from core.data.labels.spelling import bare, difference, merging, same_spelling
from core.data.labels.written import read_list
from core.data.text_groups import Hashes, count_conflicts, count_shared
from core.problems import Problem
from core.text.plain import quoted

_QUOTED = re.compile(r"([\"'`]).*\1", re.DOTALL)
_BRACKETED = re.compile(r"[\[{].*|.*[\]}]", re.DOTALL)


def describe_blank(index: ExampleIndex, columns: Columns) -> list[str]:
    """Number of rows without a text or label, and where the first of them are."""
    return [
        f"{_count(places.count, 'row has', 'rows have')} no {role} in column {column!r} "
        f"({_positions(index, places)})"
        for role, column, places in (
            ("text", columns.text, index.without_text),
            ("label", columns.label, index.without_label),
        )
        if places.count
    ]


def check_blank(index: ExampleIndex, columns: Columns) -> Iterator[Problem]:
    """Rows without a text or label."""
    if found := describe_blank(index, columns):
        yield Problem(
            " and ".join(found),
            where=index.source,
            mend="Fill in or delete them, or skip them with --drop-bad-rows.",
        )


def check_training_labels(index: ExampleIndex, columns: Columns, config: DataConfig) -> Iterator[Problem]:
    """Fewer than two labels, too many labels for a label column, or labels that are not read as meant."""
    counts = Counter(index.counts)
    column = f"{index.source}, column {columns.label!r}"
    if not counts and index.without_kept_label:
        yield Problem(
            f"no label has {config.min_label_examples:,} training examples",
            where=column,
            mend="Lower --min-label-examples.",
        )
    elif not counts:
        yield Problem(
            "no row has both a text and a label", where=index.source, mend="Add rows with texts and labels."
        )
    elif len(counts) == 1:
        yield Problem(
            f"only one label, {quoted(list(counts))}",
            where=column,
            mend="A classifier needs at least two. Choose another column with --label-column.",
        )
    elif len(counts) > max(2, counts.total() / 2):
        yield Problem(
            f"{len(counts):,} distinct labels in {len(index):,} rows; this does not look like a label column",
            where=column,
            mend="Choose another with --label-column.",
        )
    elif not (config.label_delimiter == PLAIN or config.multi_label is False):
        yield from _check_spelled(index, column)


def _check_spelled(index: ExampleIndex, column: str) -> Iterator[Problem]:
    """Labels that look like lists, like several labels, or as if the file was read with another quote."""
    if index.examples.cells.form not in ("label", "list"):
        return
    keep = f"If they are labels as they stand, keep them with --label-delimiter {PLAIN}."
    if listed := _by_line(index, set(filter(_is_list, index.counts))):
        label, line = listed[0]
        yield Problem(
            f"the label {quoted([label])} looks like a list of labels, but most rows have plain ones",
            where=index.place(line),
            mend=f"Use lists in all rows. {keep}",
        )
    elif joined := find_delimiter(Counter(index.counts)):
        yield _several(joined.why, joined.delimiter, column, keep)
    elif parts := [one for one in made_of_labels(index.counts) if not one.is_name]:
        yield _several(
            f"{quoted([parts[0].label])}, whose parts are labels", parts[0].delimiter, column, keep
        )
    else:
        yield from _check_marks(index, column, keep)


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
    marked = _by_line(
        index, {label for label in index.counts if bare(label) in index.counts.keys() - {label}}
    )
    if marked:
        label, line = marked[0]
        merges = " ".join(merging([label, bare(label)], {bare(label): 1}) for label, _ in marked[:3])
        yield Problem(
            f"the label {quoted([label])} is {quoted([bare(label)])} with other characters around it",
            where=index.place(line),
            mend=f"Correct the rows, or count them as the other label with {merges}. {keep}",
        )
        return
    for odd, most, what, mend in (
        (_QUOTED, 0.0, "have quotes around them", "Name the quote of the cells with --quote."),
        (_BRACKETED, 0.5, "look like lists that cannot be read", "Write them as ['joy', 'love']."),
    ):
        found = sorted(filter(odd.fullmatch, index.counts))
        if len(found) > most * len(index.counts):
            labels = "most labels" if 2 * len(found) > len(index.counts) else "some labels"
            yield Problem(f"{labels} {what}: {quoted(found, 3)}", where=column, mend=f"{mend} {keep}")


def _is_list(label: str) -> bool:
    """Whether a label is a list, and not only a word in brackets."""
    items = read_list(label) if label[-1] in "])}" else None
    return items is not None and (len(items) != 1 or "'" in label or '"' in label)


def warn_about_rare(index: ExampleIndex) -> Iterator[str]:
    """Labels that occur once: they are learned from one text, and no other text can test them."""
    single = [
        label for label, _ in _by_line(index, {each for each, count in index.counts.items() if count == 1})
    ]
    if single:
        names = "label occurs" if len(single) == 1 else "labels occur"
        yield (
            f"{index.source}: {len(single):,} {names} only once and can hardly be learned: "
            f"{quoted(single, 5)}. --min-label-examples 2 drops such labels."
        )


def check_known_labels(index: ExampleIndex, labels: list[str], owner: str) -> Iterator[Problem]:
    """Labels that `owner` (the training data, the model) does not have."""
    unknown = _by_line(index, index.counts.keys() - set(labels))
    if not unknown:
        return
    label, line = unknown[0]
    others = sorted(label for label, _ in unknown[1:])
    more = f", nor {quoted(others, 5)}" if others else ""
    yield Problem(
        f"{owner} does not have the label {quoted([label])}{more}",
        where=index.place(line),
        mend=show_sides([label, *others], labels),
    )


def warn_about_reading(indexes: dict[str, ExampleIndex]) -> Iterator[str]:
    """Warnings of the readers, texts without any label, and labels that occur once."""
    for index in indexes.values():
        yield from index.warnings
        if bare := index.without_labels:
            yield f"{index.source}: {_count(bare, 'text has', 'texts have')} none of the labels."
    yield from warn_about_rare(indexes["train"])


def warn_about_conflicts(indexes: dict[str, ExampleIndex]) -> Iterator[str]:
    """Texts with different labels in one split."""
    for index in indexes.values():
        if conflicts := count_conflicts(index.keys, index.numbers):
            yield f"{index.source}: {_texts(conflicts)} with different labels."


def warn_about_shared_texts(keys: dict[str, Hashes]) -> Iterator[str]:
    """Texts that two splits share, by the keys of each split."""
    for first, second in combinations(keys, 2):
        if count := count_shared(keys[first], keys[second]):
            yield f"{_texts(count)} in both {first} and {second}: scores on {second} are too optimistic."


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
    for joined in [one for one in made_of_labels(index.counts) if one.is_name][:3]:
        yield (
            f"{index.source}: the label {quoted([joined.label])} is made of other labels and counts as one of "
            f"its own. --label-delimiter {joined.delimiter!r} makes it several."
        )


def _by_line(index: ExampleIndex, labels: set[str]) -> list[tuple[str, int]]:
    """Labels with the lines of their first examples, in the order of the lines."""
    return sorted(((label, index.first_lines[label]) for label in labels), key=lambda found: found[1])


def _positions(index: ExampleIndex, places: Places) -> str:
    more = ", …" if places.count > len(places.lines) else ""
    if index.name_place:
        return ", ".join(map(index.name_place, places.lines)) + more
    unit = index.unit
    return f"{unit}{'s' * (places.count > 1)} {', '.join(map(str, places.lines))}{more}"


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _texts(count: int) -> str:
    return f"{count:,} {'text occurs' if count == 1 else 'texts occur'}"
