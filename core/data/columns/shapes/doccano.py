"""Exports of doccano with a list of annotations: `"annotations": [{"label": 5, "user": 1}]`."""

from typing import Any

from core.data.columns.shapes.shape import Shape, agreed, has_label, objects, of_cells, words
from core.data.tables.column_names import rank
from core.data.tables.table import Cell, Table, assumption
from core.problems import Problem

_COLUMN = "annotations"
_OF_SPANS = ("label", "labels", "entities", "spans", "ner_tags")
_ENDS = (("start_offset", "end_offset"), ("start", "end"))


def recognise(head: Table) -> Shape | None:
    """The shape of an export of doccano; None if it is none."""
    cells = head.columns.get(_COLUMN, [])
    found = [each for cell in cells for each in objects(cell)]
    if not found or not all("label" in each for each in found):
        return _of_spans(head)
    if any("start_offset" in each for each in found):
        return Shape(problem=_spans(head, _COLUMN))
    says = [
        assumption("doccano export", "the labels are those in 'annotations'", "--label-column"),
    ]
    if any(len({str(each.get("user")) for each in objects(cell)}) > 1 for cell in cells):
        says.append("Several annotators of a text: the answer of the majority counts.")
    return Shape(says, {_COLUMN: of_cells(_COLUMN, _labels)}, (_COLUMN, "the labels of the annotators"))


def _of_spans(head: Table) -> Shape | None:
    """The shape of rows whose labels are spans: `[0, 5, "PER"]`, or objects with a start and an end."""
    for column in _OF_SPANS:
        given = [each for cell in head.columns.get(column, ()) if isinstance(cell, list) for each in cell]
        if (
            given
            and all(map(_is_span, given))
            and (rank(column, "label") or not has_label(head, without=[column]))
        ):
            return Shape(problem=_spans(head, column))
    return None


def _is_span(item: Any) -> bool:
    if isinstance(item, dict):
        return any({start, end} <= item.keys() for start, end in _ENDS)
    return isinstance(item, list) and len(item) == 3 and list(map(type, item)) == [int, int, str]


def _spans(head: Table, column: str) -> Problem:
    return Problem(
        f"the labels in {column!r} are spans: they belong to parts of the texts, not to texts",
        where=head.source,
        mend="Export a project for text classification, or name another column with --label-column.",
    )


def _labels(cell: Cell) -> Any:
    by_user: dict[Any, list[Any]] = {}
    for each in objects(cell):
        by_user.setdefault(str(each.get("user")), []).append(each.get("label"))
    return agreed(
        [vote for labels in by_user.values() if (vote := tuple(sorted(set(words(labels)), key=str)))]
    )
