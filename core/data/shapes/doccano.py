"""Exports of doccano with a list of annotations: `"annotations": [{"label": 5, "user": 1}]`."""

from typing import Any

from core.data.shapes.shape import Shape, agreed, objects, of_cells, words
from core.data.table import Cell, Table, assumption
from core.problems import Problem

_COLUMN = "annotations"


def recognise(head: Table) -> Shape | None:
    """The shape of an export of doccano; None if it is none."""
    cells = head.columns.get(_COLUMN, [])
    found = [each for cell in cells for each in objects(cell)]
    if not found or not all("label" in each for each in found):
        return None
    if any("start_offset" in each for each in found):
        raise Problem(
            "a doccano export of spans: its labels belong to parts of the texts, not to texts",
            where=head.source,
            mend="Export a project for text classification.",
        )
    says = [
        assumption("doccano export", "the labels are those in 'annotations'", "--label-column"),
    ]
    if any(len({str(each.get("user")) for each in objects(cell)}) > 1 for cell in cells):
        says.append("Several annotators of a text: the answer of the majority counts.")
    return Shape(says, {_COLUMN: of_cells(_COLUMN, _labels)}, (_COLUMN, "the labels of the annotators"))


def _labels(cell: Cell) -> Any:
    by_user: dict[Any, list[Any]] = {}
    for each in objects(cell):
        by_user.setdefault(str(each.get("user")), []).append(each.get("label"))
    return agreed(
        [vote for labels in by_user.values() if (vote := tuple(sorted(set(words(labels)), key=str)))]
    )
