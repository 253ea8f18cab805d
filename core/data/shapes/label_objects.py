"""Lists of objects as labels: `"labels": [{"name": "joy"}, {"name": "love"}]`, with a score or without."""

from typing import Any

from core.data.column_names import rank
from core.data.shapes.shape import Shape, objects, of_cells
from core.data.table import Cell, Table, assumption

_NAMES = ("label", "name", "class", "category", "tag", "value", "text", "title")
_SCORES = ("score", "weight", "probability", "confidence")


def recognise(head: Table) -> Shape | None:
    """The shape of rows with such labels; None if they have none. All objects of a row are read."""
    for column, cells in head.columns.items():
        given = [cell for cell in cells if cell is not None]
        found = [each for cell in given for each in objects(cell)]
        are_lists = all(isinstance(cell, list) and len(objects(cell)) == len(cell) for cell in given)
        if not found or not are_lists or rank(column, "label") is None:
            continue
        name = next((key for key in _NAMES if all(isinstance(each.get(key), str) for each in found)), None)
        if name is None:
            continue
        score = next(
            (key for key in _SCORES if all(isinstance(each.get(key), float) for each in found)), None
        )
        with_score = f", with its {score!r} as the weight" if score else ""
        says = assumption(
            "objects as labels", f"the {name!r} of each in {column!r}{with_score}", "--label-column"
        )
        return Shape([says], {column: of_cells(column, _reader(name, score))}, (column, "objects as labels"))
    return None


def _reader(name: str, score: str | None) -> Any:
    def labels(cell: Cell) -> Cell:
        if not isinstance(cell, list) or not all(isinstance(each, dict) and name in each for each in cell):
            return cell  # reported where the labels are read
        if score is not None:
            return {each[name]: each.get(score) for each in cell}
        return [each[name] for each in cell]

    return labels
