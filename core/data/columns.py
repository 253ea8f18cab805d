"""Choice of the text and label columns: as requested, or else by name, or else by content."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.data.labels.names import is_blank
from core.data.table import Cell, Table
from core.problems import Problem
from core.runs.plan import Plan
from core.text.plain import quoted

# In order of preference.
_TEXT_NAMES = (
    "text",
    "sentence",
    "review",
    "content",
    "document",
    "comment",
    "message",
    "utterance",
    "question",
    "query",
    "tweet",
    "post",
    "body",
    "description",
    "summary",
    "headline",
    "title",
    "input",
)
_LABEL_NAMES = (
    "label",
    "labels",
    "class",
    "category",
    "sentiment",
    "target",
    "intent",
    "emotion",
    "topic",
    "polarity",
    "stars",
    "rating",
    "score",
    "tag",
    "y",
)
_NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|\.\d+)([eE][-+]?\d+)?\s*")
_LONGEST_LABEL = 100  # characters; anything longer is a text
_MARGIN = 1.5  # by which the content of the text column must score higher than the next


@dataclass(frozen=True)
class Columns:
    """The chosen columns and why. A column that could not be chosen is None and has a problem."""

    text: str | None
    label: str | None
    reasons: list[str]
    problems: list[Problem] = field(default_factory=list)
    texts: tuple[str, ...] = ()
    """The one or two columns that `text` names."""


@dataclass(frozen=True)
class TrainedColumns:
    """The columns a model was trained with. Other data uses the same columns if it has them."""

    text: str
    label: str
    multi_label: bool = False
    delimiter: str | None = None
    """Delimiter of the labels in a cell."""
    text_pairs: bool = False
    """Whether `text` names two columns."""
    names_by_number: Mapping[str, str] = field(default_factory=dict)
    """What labels that are numbers mean, where the training data declare it."""


def trained_columns(plan: Plan | None) -> TrainedColumns | None:
    """The columns of a run; None if its plan is lost."""
    if plan is None:
        return None
    return TrainedColumns(
        plan.text_column,
        plan.label_column,
        plan.is_multi_label,
        plan.label_delimiter,
        plan.pairs,
        plan.names_by_number,
    )


def text_columns(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """The columns of `known` that `text` names: one, or two separated by a comma; empty if there are none."""
    known = list(known)
    if text in known:
        return (text,)
    for comma in re.finditer(",", text):
        both = text[: comma.start()].strip(), text[comma.end() :].strip()
        if set(both) <= set(known) and both[0] != both[1]:
            return both
    return ()


def find_columns(
    table: Table, text_column: str | None, label_column: str | None, trained: TrainedColumns | None = None
) -> Columns:
    """Choose the text and label columns of a source by its first rows."""
    reasons: list[str] = []
    problems: list[Problem] = []
    text = label = None
    texts: tuple[str, ...] = ()
    try:
        learned = trained or TrainedColumns("", "")
        text = _named(table, "text", text_column, label_column, reasons, learned.text)
        label = _named(table, "label", label_column, text, reasons, learned.label)
        text = text or _text_by_shape(table, label, reasons)
        texts = _texts_of(table, text, trained)
        label = label or _label_by_shape(table, texts, reasons)
        if label in texts:
            raise Problem(
                f"column {label!r} cannot be both the text and the label",
                where=table.source,
                mend="Choose different columns with --text-column and --label-column. "
                f"The columns are {quoted(list(table.columns))}.",
            )
    except Problem as problem:
        problems.append(problem)
    return Columns(text, label, reasons, problems, texts)


def find_text_column(
    table: Table, text_column: str | None, reasons: list[str], trained: TrainedColumns | None = None
) -> str:
    """Choose the text column, or two, of data without labels. Appends the reason to `reasons`.

    Raises:
        Problem: the column is missing or ambiguous, or the model needs two columns and there is one.
    """
    label = next((name for name in table.columns if name.lower() in _LABEL_NAMES), None)
    other = label if len(table.columns) > 1 else None
    learned = trained.text if trained else ""
    text = _named(table, "text", text_column, other, reasons, learned) or _text_by_shape(
        table, other, reasons
    )
    _texts_of(table, text, trained)
    return text


def is_text_name(column: str) -> bool:
    """Whether a column has a usual name of a text column."""
    return column.lower() in _TEXT_NAMES


def check_column(table: Table, role: str, column: str) -> None:
    """Check that `table` has `column`; as a text column it may be two, separated by a comma.

    Raises:
        Problem: there is no such column. Names the columns there are.
    """
    if not (text_columns(column, table.columns) if role == "text" else column in table.columns):
        raise Problem(
            f"no column {column!r}",
            where=table.source,
            mend=f"Choose one of {quoted(list(table.columns))} with --{role}-column.",
        )


def _named(
    table: Table, role: str, given: str | None, other: str | None, reasons: list[str], trained: str
) -> str | None:
    """The column by request, by training or by name, except `other`; None if there is none."""
    if given is not None:
        check_column(table, role, given)
        reasons.append(f"{role} column {given!r}: as requested.")
        return given
    has_trained = text_columns(trained, table.columns) if role == "text" else trained in table.columns
    if has_trained and trained != other:
        reasons.append(f"{role} column {trained!r}: the model was trained with it.")
        return trained
    names = _TEXT_NAMES if role == "text" else _LABEL_NAMES
    free = [column for column in table.columns if column != other]
    known = sorted((c for c in free if c.lower() in names), key=lambda c: names.index(c.lower()))
    if not known:
        return None
    also = f" (also possible: {quoted(known[1:])})" if known[1:] else ""
    reasons.append(f"{role} column {known[0]!r}: chosen by name{also}.")
    return known[0]


def _texts_of(table: Table, text: str, trained: TrainedColumns | None) -> tuple[str, ...]:
    """The columns that `text` names.

    Raises:
        Problem: there are two and the model reads single texts, or the other way round.
    """
    found = text_columns(text, table.columns)
    if trained is not None and trained.text_pairs != (len(found) > 1):
        reads, given = ("text pairs", "one column") if trained.text_pairs else ("single texts", "two columns")
        raise Problem(
            f"the model reads {reads} (it was trained with {trained.text!r}), but {text!r} is {given}",
            where=table.source,
            mend=f"Choose from {quoted(list(table.columns))} with --text-column "
            f"{'FIRST,SECOND' if trained.text_pairs else 'COLUMN'}.",
        )
    return found


def _text_by_shape(table: Table, label: str | None, reasons: list[str]) -> str:
    weights: dict[str, float] = {}
    for column, cells in table.columns.items():
        texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
        if column != label and texts and not all(map(_NUMBER.fullmatch, texts)):
            weights[column] = sum(map(len, texts)) / len(cells) * len(set(texts)) / len(texts)
    ranked = sorted(weights, key=lambda column: weights[column], reverse=True)
    if not ranked or (len(ranked) > 1 and weights[ranked[0]] < _MARGIN * weights[ranked[1]]):
        raise _undecided(table, "text", ranked)
    reasons.append(f"text column {ranked[0]!r}: longest and most varied texts.")
    return ranked[0]


def _label_by_shape(table: Table, texts: tuple[str, ...], reasons: list[str]) -> str:
    counts = {
        column: count
        for column, cells in table.columns.items()
        if column not in texts and (count := _classes(cells))
    }
    if len(counts) != 1:
        raise _undecided(table, "label", list(counts))
    ((column, count),) = counts.items()
    if any(column == cell for cell in table.columns[column]):
        raise Problem(
            f"the header seems to be missing: {column!r} is both a column name and a value",
            where=table.source,
            mend="Add a first row with the column names, for example text,label.",
        )
    first = "" if table.read_share == 1 else "the first "
    reasons.append(f"label column {column!r}: {count} distinct values in {first}{len(table):,} rows.")
    return column


def _classes(cells: Iterable[Cell]) -> int:
    """Number of distinct labels of a column, or 0 if it does not look like labels."""
    lists = (cell if isinstance(cell, list) else [cell] for cell in cells)
    values = [value for each in lists for value in each if not is_blank(value)]
    if any(
        not isinstance(value, str | int | bool) and not (isinstance(value, float) and value.is_integer())
        for value in values
    ):
        return 0
    distinct = set(values)
    is_short = all(len(str(value)) <= _LONGEST_LABEL for value in distinct)
    return len(distinct) if is_short and 2 <= len(distinct) <= len(values) / 2 else 0


def _undecided(table: Table, role: str, candidates: list[str]) -> Problem:
    if len(table.columns) == 1:
        return Problem(
            f"only one column, {quoted(list(table.columns))}",
            where=table.source,
            mend=" ".join(["A text column and a label column are needed.", *table.assumptions]),
        )
    found = f"is ambiguous: {quoted(candidates)}" if len(candidates) > 1 else "was not found"
    return Problem(
        f"the {role} column {found}",
        where=table.source,
        mend=f"Choose one of {quoted(list(table.columns))} with --{role}-column.",
    )
