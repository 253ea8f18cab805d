"""Annotation states: columns that say which rows were skipped, rejected or discarded."""

from collections.abc import Callable

from core.data.columns.shapes.prodigy import ANSWERS
from core.data.columns.shapes.shape import Shape, has_label
from core.data.labels.names import is_blank
from core.data.tables.table import Cell, Table, assumption

_SKIPPED = ("is_skipped", "was_cancelled", "skipped", "discarded", "cancelled", "is_discarded")
_STATUSES = frozenset(
    ("validated", "default", "discarded", "submitted", "draft", "pending", "completed", "skipped", "rejected")
)
_OUT = frozenset(("discarded", "draft", "skipped", "rejected", "reject", "ignore", "true", "1", "1.0", "yes"))
_FLAGS = frozenset(("true", "false", "0", "1", "0.0", "1.0", "yes", "no"))
_KNOWN: dict[str, frozenset[str]] = {"answer": ANSWERS, "status": _STATUSES} | dict.fromkeys(_SKIPPED, _FLAGS)


def recognise(head: Table) -> Shape | None:
    """The shape of rows with a state; None if no row of the first ones is skipped.

    A column is no state unless another one is a label by its name: else it may be the label itself.
    """
    for name, known in _KNOWN.items():
        found = {_word(cell) for cell in head.columns.get(name, ()) if not is_blank(cell)}
        if found and found <= known and found & _OUT and not found <= _OUT:
            return Shape([said(name)], state=name) if has_label(head, without=_KNOWN, by_name=True) else None
    return None


def said(column: str) -> str:
    """What is assumed about a column with states."""
    return assumption(
        f"rows skipped by {column!r}", "it is the state of an annotation", f"--label-column {column}"
    )


def skip_reason(column: str) -> Callable[[Cell], str]:
    """A function that gives the reason why a row with this state is skipped; empty if it is not."""
    return lambda cell: f"{column} {cell!r}" if _word(cell) in _OUT else ""


def _word(cell: Cell) -> str:
    return str(cell).strip().lower()
