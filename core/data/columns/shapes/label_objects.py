"""Lists of objects as labels, also as text: `"labels": [{"name": "joy"}, {"name": "love"}]`, also scored."""

from typing import Any

from core.data.columns.shapes.shape import Shape, objects, of_cells
from core.data.labels.names import is_blank
from core.data.labels.written import read_objects
from core.data.tables.column_names import rank
from core.data.tables.table import Cell, Table, assumption

_NAMES = ("label", "name", "class", "category", "tag", "value", "text", "title")
_SCORES = ("score", "weight", "probability", "confidence")


def recognise(head: Table) -> Shape | None:
    """The shape of rows with such labels; None if they have none. All objects of a row are read."""
    columns = (column for column in head.columns if rank(column, "label") is not None)
    return next((shape for column in columns if (shape := of_column(head, column))), None)


def of_column(head: Table, column: str) -> Shape | None:
    """The shape of rows with such labels in a column; None if it has none."""
    cells = head.columns[column]
    given = [_as_list(cell) for cell in cells if not is_blank(cell)]
    found = [each for cell in given for each in objects(cell)]
    if not found or not all(isinstance(cell, list) and len(objects(cell)) == len(cell) for cell in given):
        return None
    names = dict.fromkeys((*_NAMES, *(key for key in found[0] if rank(key, "label") is not None)))
    name = next((key for key in names if all(isinstance(each.get(key), str) for each in found)), None)
    if name is None:
        return None
    score = next((key for key in _SCORES if all(isinstance(each.get(key), float) for each in found)), None)
    with_score = f", with its {score!r} as the weight" if score else ""
    as_text = ", written as text" if any(isinstance(cell, str) for cell in cells) else ""
    what = f"the {name!r} of each in {column!r}{with_score}{as_text}"
    says = assumption("objects as labels", what, "--label-column")
    return Shape([says], {column: of_cells(column, _reader(name, score))}, (column, "objects as labels"))


def _reader(name: str, score: str | None) -> Any:
    def labels(written: Cell) -> Cell:
        cell = _as_list(written)
        if not isinstance(cell, list) or not all(isinstance(each, dict) and name in each for each in cell):
            return written  # reported where the labels are read
        if score is not None:
            return {each[name]: each.get(score) for each in cell}
        return [each[name] for each in cell]

    return labels


def _as_list(cell: Cell) -> Cell:
    """The list that a cell holds as text; another cell as it stands."""
    objects_in_text = read_objects(cell) if isinstance(cell, str) else None
    return cell if objects_in_text is None else objects_in_text
