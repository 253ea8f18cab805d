"""Exports of Argilla: records of version 1, feedback data sets, and records of version 2."""

from typing import Any

from core.data.columns.shapes.shape import Made, Shape, Skipped, agreed, objects, of_cells, words
from core.data.tables.table import Cell, Table, assumption

_OUT = ("discarded", "draft")
_OF_RECORDS = {"prediction", "inputs", "annotation_agent"}
_RESPONSES = ".responses"


def recognise(head: Table) -> Shape | None:
    """The shape of an export of Argilla; None if it is none."""
    columns = head.columns
    if {"annotation", "status"} <= columns.keys() and not _OF_RECORDS.isdisjoint(columns):
        return _of_records()
    flat = [name for name in columns if f"{name}.status" in columns and name.endswith(_RESPONSES)]
    if flat:
        return _shape({name: Made((name, f"{name}.status"), _flat(name)) for name in flat})
    if any(isinstance(cell, dict) for cell in columns.get("responses", ())):
        names = {key for cell in columns["responses"] if isinstance(cell, dict) for key in cell}
        made = {_of(name, names): of_cells("responses", _of_question(name)) for name in sorted(names)}
        return _shape(made)
    if any("values" in each for cell in columns.get("responses", ()) for each in objects(cell)):
        names = {key for cell in columns["responses"] for each in objects(cell) for key in _values(each)}
        made = {_of(name, names): of_cells("responses", _of_annotators(name)) for name in sorted(names)}
        return _shape(made)
    questions = [
        name
        for name, cells in columns.items()
        if any({"user_id", "value"} <= each.keys() for cell in cells for each in objects(cell))
    ]
    return _shape({name: of_cells(name, _agreed) for name in questions}) if questions else None


def _of(question: str, questions: set[str]) -> str:
    return "responses" if len(questions) == 1 else f"responses.{question}"


def _shape(made: dict[str, Made]) -> Shape:
    says = [assumption("Argilla export", "the labels are the submitted responses", "--label-column")]
    label = next(iter(made))
    return Shape(says, made, (label, "the submitted responses") if len(made) == 1 else None)


def _of_records() -> Shape:
    def make(table: Table) -> list[Any]:
        rows = zip(table.columns["annotation"], table.columns["status"], strict=True)
        return [_annotated(*row) for row in rows]

    says = assumption("Argilla export", "the labels are those in 'annotation'", "--label-column")
    made = {"annotation": Made(("annotation", "status"), make)}
    return Shape([says], made, ("annotation", "the labels of the annotators"))


def _annotated(annotation: Cell, status: Cell) -> Any:
    if str(status).lower() == "discarded":
        return Skipped(f"status {status!r}")
    return Skipped("not annotated") if annotation is None else annotation


def _flat(name: str) -> Any:
    """Responses and their states as two lists of equal length, or as single values."""

    def make(table: Table) -> list[Any]:
        rows = zip(table.columns[name], table.columns[f"{name}.status"], strict=True)
        return [_agreed(_pairs(*row)) for row in rows]

    return make


def _pairs(values: Cell, states: Cell) -> list[dict[str, Any]]:
    if not isinstance(values, list):
        values, states = [values] if values is not None else [], [states]
    states = states if isinstance(states, list) else [None] * len(values)
    return [{"value": value, "status": state} for value, state in zip(values, states, strict=False)]


def _of_question(name: str) -> Any:
    return lambda cell: _agreed(cell.get(name) if isinstance(cell, dict) else None)


def _of_annotators(name: str) -> Any:
    return lambda cell: _agreed(
        [{"value": _value(_values(each).get(name)), "status": each.get("status")} for each in objects(cell)]
    )


def _values(response: dict[str, Any]) -> dict[str, Any]:
    values = response.get("values")
    return values if isinstance(values, dict) else {}


def _value(answer: Any) -> Any:
    return answer.get("value") if isinstance(answer, dict) else answer


def _agreed(cell: Cell) -> Any:
    """The label of most annotators, of those who submitted one."""
    responses = objects(cell)
    votes = [
        words(value if isinstance(value := each.get("value"), list) else [value])
        for each in responses
        if each.get("status") not in _OUT
    ]
    return agreed([vote for vote in votes if vote], "discarded" if responses else "not annotated")
