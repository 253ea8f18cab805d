"""Training data of spaCy: `{"text": …, "cats": {"POS": 1.0}}`, or tuples `["…", {"cats": {…}}]`."""

from core.data.columns.shapes.shape import Shape, of_cells
from core.data.tables.table import Cell, Table, assumption

_CATS = "cats"


def recognise(head: Table) -> Shape | None:
    """The shape of training data of spaCy; None if it is none."""
    for column, cells in head.columns.items():
        found = [cell for cell in cells if cell is not None]
        if not found or not all(isinstance(cell, dict) for cell in found):
            continue
        if column == _CATS:
            return Shape([_said(column)], label=(column, "weights of labels"))
        if all(isinstance(cell.get(_CATS), dict) for cell in found):
            return Shape([_said(column)], {column: of_cells(column, _cats)}, (column, "weights of labels"))
    return None


def _said(column: str) -> str:
    return assumption("spaCy training data", f"the labels are those in {column!r}", "--label-column")


def _cats(cell: Cell) -> Cell:
    return cell.get(_CATS) if isinstance(cell, dict) else None
