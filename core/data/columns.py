"""Which column holds the texts and which the labels: by what was asked, by name, then by shape."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.data.labels import is_blank
from core.data.table import Cell, Table
from core.problems import Problem
from core.runs.plan import Plan
from core.text.plain import quoted

# The likelier name comes first.
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
_LONGEST_LABEL = 100  # characters; what is longer is a text
_MARGIN = 1.5  # the text column by shape must be so much longer and more distinct than the next


@dataclass(frozen=True)
class Columns:
    """The columns that were chosen and why; a column that could not be chosen is None and has its problem."""

    text: str | None
    label: str | None
    reasons: list[str]
    problems: list[Problem] = field(default_factory=list)
    texts: tuple[str, ...] = ()
    """The one or two columns that `text` names."""


@dataclass(frozen=True)
class Trained:
    """The columns that a run was trained with; in other data they are taken where they are there."""

    text: str
    label: str
    several: bool = False
    """Whether a text had any number of labels."""
    delimiter: str | None = None
    """What divided them in their cell."""
    pairs: bool = False
    """Whether `text` names two columns."""


def trained_columns(plan: Plan | None) -> Trained | None:
    """The columns of a run; None if its plan is lost."""
    if plan is None:
        return None
    return Trained(plan.text_column, plan.label_column, plan.is_multi_label, plan.label_delimiter, plan.pairs)


def text_columns(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Those of `known` that `text` names: the one of that name, or two with a comma between; or none."""
    known = list(known)
    if text in known:
        return (text,)
    for comma in re.finditer(",", text):
        both = text[: comma.start()].strip(), text[comma.end() :].strip()
        if set(both) <= set(known) and both[0] != both[1]:
            return both
    return ()


def find_columns(
    table: Table, text_column: str | None, label_column: str | None, trained: Trained | None = None
) -> Columns:
    """Choose the text and label columns of a source by its first rows; a given name is taken as it is."""
    reasons: list[str] = []
    problems: list[Problem] = []
    text = label = None
    texts: tuple[str, ...] = ()
    try:
        learned = trained or Trained("", "")
        text = _named(table, "text", text_column, label_column, reasons, learned.text)
        label = _named(table, "label", label_column, text, reasons, learned.label)
        text = text or _text_by_shape(table, label, reasons)
        texts = _texts_of(table, text, trained)
        label = label or _label_by_shape(table, texts, reasons)
        if label in texts:
            raise Problem(
                f"column {label!r} cannot be both the text and the label",
                where=table.source,
                mend="Choose different ones with --text-column and --label-column; "
                f"its columns are {quoted(list(table.columns))}.",
            )
    except Problem as problem:
        problems.append(problem)
    return Columns(text, label, reasons, problems, texts)


def find_text_column(
    table: Table, text_column: str | None, reasons: list[str], trained: Trained | None = None
) -> str:
    """Choose the text column of data that needs no labels, or two; the reason is added to `reasons`.

    Raises:
        Problem: the given column is missing, or none can be chosen, or one where two are needed.
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
    """Whether the name of a column says that it holds texts."""
    return column.lower() in _TEXT_NAMES


def check_column(table: Table, role: str, column: str) -> None:
    """Make sure that `table` has `column`; as a text column, it may be two with a comma between.

    Raises:
        Problem: it has not; the columns it has are named.
    """
    if not (text_columns(column, table.columns) if role == "text" else column in table.columns):
        raise Problem(
            f"there is no column {column!r}",
            where=table.source,
            mend=f"Its columns are {quoted(list(table.columns))}: choose one with --{role}-column.",
        )


def _named(
    table: Table, role: str, given: str | None, other: str | None, reasons: list[str], trained: str
) -> str | None:
    """The column that was asked for, or trained with, or that is named so; `other` is taken already."""
    if given is not None:
        check_column(table, role, given)
        reasons.append(f"{role} column {given!r}: it was asked for.")
        return given
    has_trained = text_columns(trained, table.columns) if role == "text" else trained in table.columns
    if has_trained and trained != other:
        reasons.append(f"{role} column {trained!r}: the run was trained with it.")
        return trained
    names = _TEXT_NAMES if role == "text" else _LABEL_NAMES
    free = [column for column in table.columns if column != other]
    known = sorted((c for c in free if c.lower() in names), key=lambda c: names.index(c.lower()))
    if not known:
        return None
    also = f" (so could {quoted(known[1:])})" if known[1:] else ""
    reasons.append(f"{role} column {known[0]!r}: its name says so{also}.")
    return known[0]


def _texts_of(table: Table, text: str, trained: Trained | None) -> tuple[str, ...]:
    """The columns that `text` names.

    Raises:
        Problem: they are two and the model reads one, or the other way round.
    """
    found = text_columns(text, table.columns)
    if trained is not None and trained.pairs != (len(found) > 1):
        read, found_here = ("two texts together", "one column") if trained.pairs else ("one text", "two")
        raise Problem(
            f"the model reads {read}, as of {trained.text!r}, and {text!r} is {found_here}",
            where=table.source,
            mend=f"Choose of its columns {quoted(list(table.columns))} with --text-column "
            f"{'FIRST,SECOND' if trained.pairs else 'COLUMN'}.",
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
    reasons.append(f"text column {ranked[0]!r}: it has the longest and most varied texts.")
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
            f"the first row seems to be data: {column!r} is the name of a column and a value in it too",
            where=table.source,
            mend="Put a row with the names of the columns at the top, for example text,label.",
        )
    first = "" if table.read_share == 1 else "the first "
    reasons.append(f"label column {column!r}: {count} distinct values in {first}{len(table):,} rows.")
    return column


def _classes(cells: Iterable[Cell]) -> int:
    """How many classes a column has, or 0 when it does not look like labels."""
    several = (cell if isinstance(cell, list) else [cell] for cell in cells)
    values = [value for each in several for value in each if not is_blank(value)]
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
            f"there is only one column, {quoted(list(table.columns))}",
            where=table.source,
            mend="Two are needed: one of texts and one of labels.",
        )
    found = f"{quoted(candidates)} could all be it" if len(candidates) > 1 else "none looks like it"
    return Problem(
        f"the {role} column cannot be told: {found}",
        where=table.source,
        mend=f"Choose one of its columns {quoted(list(table.columns))} with --{role}-column.",
    )
