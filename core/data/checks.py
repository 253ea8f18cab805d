"""What can be wrong with texts and labels: one function for each check, yielding what it finds."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from core.data.columns import Columns
from core.data.groups import Hashes, count_conflicts, count_shared
from core.data.rows import Places, Rows
from core.problems import Problem
from core.text.plain import quoted


def describe_blank(rows: Rows, columns: Columns) -> list[str]:
    """How many rows have no text or no label, and where the first of them are."""
    return [
        f"{_count(places.count, 'row has', 'rows have')} no {role} in column {column!r} "
        f"({_shown(places, rows.unit)})"
        for role, column, places in (
            ("text", columns.text, rows.without_text),
            ("label", columns.label, rows.without_label),
        )
        if places.count
    ]


def check_blank(rows: Rows, columns: Columns) -> Iterator[Problem]:
    """Rows whose text or label is null or blank."""
    if found := describe_blank(rows, columns):
        yield Problem(
            " and ".join(found),
            where=rows.source,
            mend="Fill or delete them, or go on without them with --drop-bad-rows.",
        )


def check_training_labels(rows: Rows, columns: Columns) -> Iterator[Problem]:
    """Fewer than two labels, more labels than a label column has, labels that occur once."""
    counts = rows.counts
    column = f"{rows.source}, column {columns.label!r}"
    if not counts:
        yield Problem(
            "no row has both a text and a label",
            where=rows.source,
            mend="Give texts with labels to learn from.",
        )
    elif len(counts) == 1:
        yield Problem(
            f"there is only one label, {quoted(list(counts))}",
            where=column,
            mend="A classifier needs at least two; choose another column with --label-column.",
        )
    elif len(counts) > max(2, len(rows) / 2):
        yield Problem(
            f"there are {len(counts):,} different labels in {len(rows):,} rows: too many for a label",
            where=column,
            mend="Choose the column of the labels with --label-column.",
        )
    else:
        yield from _check_single(rows)


def _check_single(rows: Rows) -> Iterator[Problem]:
    single = _by_line(rows, {label for label, count in rows.counts.items() if count == 1})
    if not single:
        return
    label, line = single[0]
    others = [label for label, _ in single[1:]]
    more = f", and so {'does' if len(others) == 1 else 'do'} {quoted(others, 5)}" if others else ""
    yield Problem(
        f"label {quoted([label])} occurs only once{more}",
        where=rows.place(line),
        mend="Add rows with this label, delete the row, or merge the label with another.",
    )


def check_known_labels(rows: Rows, labels: list[str], owner: str) -> Iterator[Problem]:
    """A label that `owner` (the training data, the model) does not have."""
    unknown = _by_line(rows, rows.counts.keys() - set(labels))
    if not unknown:
        return
    label, line = unknown[0]
    others = sorted(label for label, _ in unknown[1:])
    more = f", nor {quoted(others, 5)}" if others else ""
    yield Problem(
        f"{owner} does not have the label {quoted([label])}{more}",
        where=rows.place(line),
        mend=f"Its labels are {quoted(labels)}: correct or delete the rows with other labels.",
    )


def warn_about_reading(rows: dict[str, Rows]) -> Iterator[str]:
    """What a person should know about how the data were read, though nothing has to be mended."""
    for part in rows.values():
        yield from part.remarks
        if bare := part.without_labels:
            yield f"{part.source}: {_count(bare, 'text has', 'texts have')} none of the labels."
    yield from _warn_about_spelling(rows["train"])


def warn_about_conflicts(rows: dict[str, Rows]) -> Iterator[str]:
    """Texts with different labels."""
    for part in rows.values():
        if conflicts := count_conflicts(part.keys, part.numbers):
            yield f"{part.source}: {_texts(conflicts)} with different labels."


def warn_about_shared_texts(keys: dict[str, Hashes]) -> Iterator[str]:
    """Texts that splits share, by the keys of each split."""
    for first, second in combinations(keys, 2):
        if count := count_shared(keys[first], keys[second]):
            yield (
                f"{_texts(count)} both in {first} and in {second}: "
                f"the figures on {second} look better than they are."
            )


def _warn_about_spelling(rows: Rows) -> Iterator[str]:
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(rows.counts):
        spellings[label.casefold()].append(label)
    for same in spellings.values():
        if len(same) > 1:
            yield f"{rows.source}: the labels {quoted(same)} differ only in case; they are different labels."


def _by_line(rows: Rows, labels: set[str]) -> list[tuple[str, int]]:
    """Some of the labels with the lines on which they first occur, in the order of the lines."""
    return sorted(((label, rows.first_lines[label]) for label in labels), key=lambda found: found[1])


def _shown(places: Places, unit: str) -> str:
    more = ", …" if places.count > len(places.lines) else ""
    return f"{unit}{'s' * (places.count > 1)} {', '.join(map(str, places.lines))}{more}"


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _texts(count: int) -> str:
    return f"{count:,} {'text occurs' if count == 1 else 'texts occur'}"
