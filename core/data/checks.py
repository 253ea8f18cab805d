"""What can be wrong with texts and labels: one function for each check, yielding what it finds."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

from core.data.columns import Columns
from core.data.rows import Rows
from core.data.table import quoted
from core.problems import Problem

_LINES_SHOWN = 5


def describe_blank(rows: Rows, columns: Columns) -> list[str]:
    """How many rows have no text or no label, and where the first of them are."""
    return [
        f"{_count(lines, 'row has', 'rows have')} no {role} in column {column!r} ({_shown(lines, rows.unit)})"
        for role, column, lines in (
            ("text", columns.text, rows.without_text),
            ("label", columns.label, rows.without_label),
        )
        if lines
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
    counts = Counter(rows.labels)
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
    elif len(counts) > max(2, len(rows.labels) / 2):
        yield Problem(
            f"there are {len(counts):,} different labels in {len(rows.labels):,} rows: too many for a label",
            where=column,
            mend="Choose the column of the labels with --label-column.",
        )
    else:
        yield from _check_single(rows, counts)


def _check_single(rows: Rows, counts: Counter[str]) -> Iterator[Problem]:
    single = [
        (label, line) for label, line in zip(rows.labels, rows.lines, strict=True) if counts[label] == 1
    ]
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
    known = set(labels)
    unknown = [
        (label, line) for label, line in zip(rows.labels, rows.lines, strict=True) if label not in known
    ]
    if not unknown:
        return
    label, line = unknown[0]
    others = sorted({label for label, _ in unknown} - {label})
    more = f", nor {quoted(others, 5)}" if others else ""
    yield Problem(
        f"{owner} does not have the label {quoted([label])}{more}",
        where=rows.place(line),
        mend=f"Its labels are {quoted(labels)}: correct or delete the rows with other labels.",
    )


def count_conflicts(keys: list[str], labels: list[str]) -> int:
    """How many distinct texts occur with more than one label."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, label in zip(keys, labels, strict=True):
        found[key].add(label)
    return sum(len(labels) > 1 for labels in found.values())


def count_shared(keys: dict[str, list[str]]) -> dict[tuple[str, str], int]:
    """How many distinct texts each pair of splits shares."""
    return {
        (first, second): len(set(keys[first]) & set(keys[second])) for first, second in combinations(keys, 2)
    }


def warn_about_rows(rows: dict[str, Rows]) -> Iterator[str]:
    """What a person should know about the data, though nothing has to be mended."""
    for part in rows.values():
        yield from part.warnings
        if conflicts := count_conflicts(part.keys, part.labels):
            yield f"{part.source}: {_texts(conflicts)} with different labels."
    for (first, second), count in count_shared({name: part.keys for name, part in rows.items()}).items():
        if count:
            yield (
                f"{_texts(count)} both in {first} and in {second}: "
                f"the figures on {second} look better than they are."
            )
    yield from _warn_about_spelling(rows["train"])


def _warn_about_spelling(rows: Rows) -> Iterator[str]:
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(set(rows.labels)):
        spellings[label.casefold()].append(label)
    for same in spellings.values():
        if len(same) > 1:
            yield f"{rows.source}: the labels {quoted(same)} differ only in case; they are different labels."


def _shown(lines: list[int], unit: str) -> str:
    more = ", …" if len(lines) > _LINES_SHOWN else ""
    return f"{unit}{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:_LINES_SHOWN]))}{more}"


def _count(lines: list[int], one: str, many: str) -> str:
    return f"{len(lines):,} {one if len(lines) == 1 else many}"


def _texts(count: int) -> str:
    return f"{count:,} {'text occurs' if count == 1 else 'texts occur'}"
