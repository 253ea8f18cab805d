"""Checks of texts and labels: problems that stop a run, and warnings. One function per check."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from core.data.columns import Columns
from core.data.examples.index import ExampleIndex, Places
from core.data.text_groups import Hashes, count_conflicts, count_shared
from core.problems import Problem
from core.text.plain import quoted


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


def check_training_labels(index: ExampleIndex, columns: Columns) -> Iterator[Problem]:
    """Fewer than two labels, too many labels for a label column, or labels that occur once."""
    counts = index.counts
    column = f"{index.source}, column {columns.label!r}"
    if not counts:
        yield Problem(
            "no row has both a text and a label", where=index.source, mend="Add rows with texts and labels."
        )
    elif len(counts) == 1:
        yield Problem(
            f"only one label, {quoted(list(counts))}",
            where=column,
            mend="A classifier needs at least two. Choose another column with --label-column.",
        )
    elif len(counts) > max(2, len(index) / 2):
        yield Problem(
            f"{len(counts):,} distinct labels in {len(index):,} rows; this does not look like a label column",
            where=column,
            mend="Choose another with --label-column.",
        )
    else:
        yield from _check_single(index)


def _check_single(index: ExampleIndex) -> Iterator[Problem]:
    single = _by_line(index, {label for label, count in index.counts.items() if count == 1})
    if not single:
        return
    label, line = single[0]
    others = [label for label, _ in single[1:]]
    more = f", and so {'does' if len(others) == 1 else 'do'} {quoted(others, 5)}" if others else ""
    yield Problem(
        f"label {quoted([label])} occurs only once{more}",
        where=index.place(line),
        mend="Add rows with this label, delete the row, or merge the label with another.",
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
        mend=f"Its labels are {quoted(labels)}. Correct or delete rows with other labels.",
    )


def warn_about_reading(indexes: dict[str, ExampleIndex]) -> Iterator[str]:
    """Warnings of the readers, texts without any label, and labels that differ only in case."""
    for index in indexes.values():
        yield from index.warnings
        if bare := index.without_labels:
            yield f"{index.source}: {_count(bare, 'text has', 'texts have')} none of the labels."
    yield from _warn_about_spelling(indexes["train"])


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


def _warn_about_spelling(index: ExampleIndex) -> Iterator[str]:
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(index.counts):
        spellings[label.casefold()].append(label)
    for same in spellings.values():
        if len(same) > 1:
            yield f"{index.source}: the labels {quoted(same)} differ only in case and count as different."


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
