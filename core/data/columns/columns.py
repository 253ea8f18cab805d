"""Choice of the text and label columns: as requested, or else by name, or else by content."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.config import DataConfig
from core.data.columns.choice import (
    check_any_labels,
    label_by_export,
    label_by_name,
    label_by_shape,
    likely_label,
    text_by_name,
    text_by_shape,
)
from core.data.columns.label_of_each_word import check_label_of_each_word
from core.data.columns.shapes.flag_columns import flag_columns
from core.data.columns.shapes.label_columns import said
from core.data.tables.column_names import rank
from core.data.tables.nested import paths_within
from core.data.tables.table import Table, assumption
from core.problems import Problem
from core.runs.plan import Plan
from core.text.plain import quoted

_SHOWN = 12  # columns and paths in a message


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
    merge_labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that counted as others."""
    dropped_labels: bool = False
    """Whether some labels were dropped: rare ones, or by name. Other data may have them, too."""


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


def as_planned(config: DataConfig, plan: Plan | None) -> DataConfig:
    """The data settings of a run that was planned: its plan decided whether a text has several labels."""
    if plan is None or config.multi_label is not None:
        return config
    return config.model_copy(update={"multi_label": plan.is_multi_label})


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


def by_number(column: str | None, table: Table) -> str | None:
    """The name of a requested column of a file without a header, where its number was given."""
    names = list(table.columns)
    if column is None or column in names or names[:1] != ["column 1"]:
        return column
    numbered = [f"column {number}" for number in column.replace(" ", "").split(",")]
    return ",".join(numbered) if set(numbered) <= set(names) else column


def find_columns(
    table: Table, text_column: str | None, label_column: str | None, trained: TrainedColumns | None = None
) -> Columns:
    """Choose the text and label columns of a source by its first rows."""
    reasons: list[str] = []
    problems: list[Problem] = []
    text = label = None
    texts: tuple[str, ...] = ()
    text_column, label_column = by_number(text_column, table), by_number(label_column, table)
    try:
        learned = trained or TrainedColumns("", "")
        likely = label_column or (table.label[0] if table.label else likely_label(table))
        text = _given(table, "text", text_column, label_column, reasons, learned.text)
        text = text or text_by_name(table, likely, reasons)
        label = _given(table, "label", label_column, text, reasons, learned.label)
        known = text_columns(text or "", table.columns)
        label = label or label_by_export(table, known, reasons) or label_by_name(table, known, reasons)
        check_label_of_each_word(table, text, label)
        if text is None and label is None:
            check_any_labels(table)
        text = text or text_by_shape(table, label, reasons)
        texts = _texts_of(table, text, trained)
        label = label or (likely if likely in texts else label_by_shape(table, texts, reasons))
        check_label_of_each_word(table, text, label)
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
    other = likely_label(table) if len(table.columns) > 1 else None
    learned = trained.text if trained else ""
    text_column = by_number(text_column, table)
    text = (
        _given(table, "text", text_column, other, reasons, learned)
        or text_by_name(table, other, reasons)
        or text_by_shape(table, other, reasons)
    )
    _texts_of(table, text, trained)
    return text


def is_text_name(column: str) -> bool:
    """Whether the name of a column speaks for texts."""
    return rank(column, "text") is not None


def check_column(table: Table, role: str, column: str) -> None:
    """Check that `table` has `column`; as a text column it may be two, separated by a comma.

    Raises:
        Problem: there is no such column. Names the columns there are, and paths to values within them.
    """
    if text_columns(column, table.columns) if role == "text" else column in table.columns:
        return
    within = [path for path in paths_within(table, in_lists=True) if path not in table.columns]
    paths = f", or a value within them as in {quoted(within, _SHOWN)}," if within else ""
    raise Problem(
        f"no column {column!r}",
        where=table.source,
        mend=f"Choose one of {quoted(list(table.columns))}{paths} with --{role}-column.",
    )


def _given(
    table: Table, role: str, given: str | None, other: str | None, reasons: list[str], trained: str
) -> str | None:
    """The column by request or by training, except `other`; None if there is none."""
    if given is not None:
        check_column(table, role, given)
        flags = flag_columns(given, table.columns) if role == "label" else ()
        several = f": {said(flags, table)}" if flags else ""
        reasons.append(f"{role} column {given!r}: as requested{several}.")
        return given
    has_trained = text_columns(trained, table.columns) if role == "text" else trained in table.columns
    if has_trained and trained != other:
        why = "the model was trained with it"
        reasons.append(assumption(f"{role} column {trained!r}", why, f"--{role}-column"))
        return trained
    return None


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
