"""Checks of texts and labels: problems that stop a run, and warnings. One function per check."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from core.config import DataConfig
from core.data.columns.columns import Columns
from core.data.examples.index import ExampleIndex, Places
from core.data.labelling.checks import are_scores, by_line, check_spelled, number_of, warn_about_values
from core.data.labelling.matching import show_sides
from core.data.labels.cells import PLAIN
from core.data.tables.text_groups import Hashes, count_conflicts, count_shared
from core.problems import Problem
from core.text.plain import quoted


def describe_blank(index: ExampleIndex, columns: Columns) -> list[str]:
    """Number of rows without a text or label, and where the first of them are."""
    if index.cells.in_columns:
        no_label = "an empty cell in one of the columns"
    elif index.cells.form in ("vector", "weights"):
        no_label = "no label, or one that is unknown (-1, null), in column"
    else:
        no_label = "no label in column"
    return [
        f"{_count(places.count, 'row has', 'rows have')} {what} {column!r} ({_positions(index, places)})"
        for what, column, places in (
            ("no text in column", columns.text, index.without_text),
            (no_label, columns.label, index.without_label),
        )
        if places.count
    ]


def check_blank(index: ExampleIndex, columns: Columns) -> Iterator[Problem]:
    """Rows without a text or label."""
    if found := describe_blank(index, columns):
        yield Problem(
            " and ".join(found),
            where=index.source,
            mend="Fill in or delete them, or skip them with --drop-bad-rows."
            if not _may_be_grouped(index)
            else "If an empty cell stands for the label above it, as merged cells of a spreadsheet do, "
            f"write it into each row first, as with df[{columns.label!r}].ffill() of pandas. If not, skip "
            "them with --drop-bad-rows.",
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
    elif are_scores(index.cells, counts):
        ends = sorted(counts, key=number_of)
        keep = f" To learn each number as a class, use --label-delimiter {PLAIN}." * (not _are_many(counts))
        yield Problem(
            f"numbers with decimals, {ends[0]} to {ends[-1]}: scores, not classes",
            where=column,
            mend="Choose another column with --label-column, or write a column of classes first (1 "
            f"from a threshold on, else 0).{keep}",
        )
    elif _are_many(counts) and (config.drop_bad_rows or not _may_be_grouped(index)):
        yield Problem(
            f"{len(counts):,} distinct labels in {len(index):,} rows; this does not look like a label column",
            where=column,
            mend="Choose another with --label-column.",
        )
    elif index.has_one_set:
        yield Problem(
            f"every row has the same labels, {quoted(list(counts), 5)}: there is nothing to learn",
            where=column,
            mend="Choose another column with --label-column, or keep only the labels that a text has.",
        )
    elif not (config.label_delimiter == PLAIN or config.multi_label is False):
        yield from check_spelled(index, column)


def _are_many(counts: Counter[str]) -> bool:
    """Whether there are too many distinct labels for a label column."""
    return len(counts) > max(2, counts.total() / 2)


def _may_be_grouped(index: ExampleIndex) -> bool:
    """Whether labels may stand only in the first row of each group: rows without one follow one with one."""
    lines = index.without_label.lines
    return (
        index.without_label.count >= len(index)
        and len(lines) > 2
        and lines[-1] - lines[0] == len(lines) - 1
        and min(index.first_lines.values(), default=lines[0]) < lines[0]
    )


def warn_about_rare(index: ExampleIndex) -> Iterator[str]:
    """Labels that occur once: they are learned from one text, and no other text can test them."""
    single = [
        label for label, _ in by_line(index, {each for each, count in index.counts.items() if count == 1})
    ]
    if single:
        names = "label occurs" if len(single) == 1 else "labels occur"
        yield (
            f"{index.source}: {len(single):,} {names} only once and can hardly be learned: "
            f"{quoted(single, 5)}. --min-label-examples 2 drops such labels."
        )


def check_known_labels(index: ExampleIndex, labels: list[str], owner: str) -> Iterator[Problem]:
    """Labels that `owner` (the training data, the model) does not have."""
    unknown = by_line(index, index.counts.keys() - set(labels))
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
    yield from warn_about_values(indexes["train"])
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
