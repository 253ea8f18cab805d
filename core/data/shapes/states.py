"""Annotation states: columns that say which rows were skipped, rejected or discarded."""

from collections.abc import Callable, Sequence
from itertools import starmap

from core.data.column_content import against_label, classes
from core.data.column_names import is_about, rank
from core.data.labels.names import is_blank
from core.data.shapes.prodigy import ANSWERS
from core.data.shapes.shape import Shape
from core.data.table import Cell, Table, assumption

_SKIPPED = ("is_skipped", "was_cancelled", "skipped", "discarded", "cancelled", "is_discarded")
# Of Argilla: the states of records, and of responses.
_STATUSES = frozenset(("validated", "default", "discarded", "submitted", "draft", "pending"))
_OUT = frozenset(("discarded", "draft", "reject", "ignore", "true", "1", "1.0", "yes"))
_FLAGS = frozenset(("true", "false", "0", "1", "0.0", "1.0", "yes", "no"))
_KNOWN: dict[str, frozenset[str]] = {"answer": ANSWERS, "status": _STATUSES} | dict.fromkeys(_SKIPPED, _FLAGS)


def recognise(head: Table) -> Shape | None:
    """The shape of rows with a state; None if no row of the first ones is left out.

    A column is no state if no other one can be the label: then it may be the label itself.
    """
    for name, known in _KNOWN.items():
        found = {_word(cell) for cell in head.columns.get(name, ()) if not is_blank(cell)}
        if found and found <= known and found & _OUT and not found <= _OUT:
            others = {other: cells for other, cells in head.columns.items() if other not in _KNOWN}
            return Shape([said(name)], state=name) if any(starmap(_may_be_label, others.items())) else None
    return None


def _may_be_label(column: str, cells: Sequence[Cell]) -> bool:
    has_name = rank(column, "label") is not None
    return not against_label(cells) and (has_name or (not is_about(column) and classes(cells) > 1))


def said(column: str) -> str:
    """What is assumed about a column with states."""
    return assumption(
        f"rows left out by {column!r}", "it is the state of an annotation", f"--label-column {column}"
    )


def left_out(column: str) -> Callable[[Cell], str]:
    """A function that gives the reason why a row with this state is left out; empty if it is not."""
    return lambda cell: f"{column} {cell!r}" if _word(cell) in _OUT else ""


def _word(cell: Cell) -> str:
    return str(cell).strip().lower()
