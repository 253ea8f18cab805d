"""Exports of Label Studio: JSON, JSON_MIN and CSV."""

import contextlib
import json
from typing import Any

from core.data.columns.content import classes
from core.data.columns.shapes.shape import Made, Shape, Skipped, agreed, objects, of_cells, words
from core.data.tables.column_names import is_about
from core.data.tables.table import Cell, Table, assumption
from core.problems import Problem
from core.text.plain import quoted

_VALUES = ("choices", "taxonomy", "rating")
_RATING = "rating"
_OF_MIN = {"annotation_id", "lead_time"}  # columns of JSON_MIN and CSV


def recognise(head: Table) -> Shape | None:
    """The shape of an export of Label Studio; None if it is none."""
    for column in ("annotations", "completions"):
        if any("result" in each for cell in head.columns.get(column, ()) for each in objects(cell)):
            return _of_tasks(head, column)
    if set(head.columns) >= _OF_MIN:
        return _of_rows(head)
    return None


def _of_tasks(head: Table, column: str) -> Shape | None:
    tasks = head.columns[column]
    kinds = {
        name: kind for cell in tasks for each in objects(cell) for name, (kind, _) in _answers(each).items()
    }
    if not kinds:
        return _of_other_labels(head, column)
    names = {name: f"{column}.{name}" if len(kinds) > 1 else column for name in sorted(kinds)}
    choices = [name for name in names if kinds[name] != _RATING] or list(names)
    says = [assumption("Label Studio export", f"the labels are the choices in {column!r}", "--label-column")]
    if any(len(_valid(cell)) > 1 for cell in tasks):
        says.append("Several annotators of a text: the answer of the majority counts.")
    if "predictions" in head.columns:
        says.append("Predictions are not used as labels.")
    others = [names[name] for name in names if name not in choices]
    over = f", over the ratings in {quoted(others)}" if others else ""
    return Shape(
        says,
        {made: _made(column, name) for name, made in names.items()},
        (names[choices[0]], f"the choices of the annotators{over}"),
        problem=_question(head, [names[name] for name in choices]),
    )


def _question(head: Table, columns: list[str]) -> Problem | None:
    """Several questions were answered for each text: which answers are the labels is not known."""
    if len(columns) < 2:
        return None
    return Problem(
        f"a Label Studio export with {len(columns)} answers for each text: {quoted(columns)}",
        where=head.source,
        mend="Choose the labels with --label-column.",
    )


def _of_other_labels(head: Table, column: str) -> Shape | None:
    """The shape of tasks whose annotations are no labels of texts; None if there are no annotations."""
    annotations = [each for cell in head.columns[column] for each in objects(cell)]
    kinds = {str(result.get("type")) for each in annotations for result in objects(each.get("result"))}
    if not kinds:
        return None
    problem = Problem(
        f"a Label Studio export without labels of texts: its annotations are of type {quoted(sorted(kinds))}",
        where=head.source,
        mend="Export a project with Choices, Taxonomy or Rating, or name another column with --label-column.",
    )
    return Shape(problem=problem)


def _made(column: str, control: str) -> Made:
    return of_cells(column, lambda cell: _label(cell, control))


def _label(cell: Cell, control: str) -> Any:
    annotations = objects(cell)
    valid = _valid(cell)
    if annotations and not valid:
        return Skipped("skipped by the annotator")
    best = [each for each in valid if each.get("ground_truth") is True] or valid
    votes = [words(_answers(each).get(control, ("", []))[1]) for each in best]
    return agreed(
        [vote for vote in votes if vote], "annotated without a choice" if valid else "not annotated"
    )


def _valid(cell: Cell) -> list[dict[str, Any]]:
    return [each for each in objects(cell) if not (each.get("was_cancelled") or each.get("skipped"))]


def _answers(annotation: dict[str, Any]) -> dict[str, tuple[str, list[Any]]]:
    """The kind and the answers of one annotator, by the name of the control."""
    found: dict[str, tuple[str, list[Any]]] = {}
    for result in objects(annotation.get("result")):
        value = result.get("value")
        for kind in _VALUES:
            if isinstance(value, dict) and kind in value:
                answer = value[kind]
                if kind == "taxonomy":
                    answer = [" > ".join(map(str, path)) for path in answer]
                _, before = found.setdefault(str(result.get("from_name", kind)), (kind, []))
                before.extend(answer if isinstance(answer, list) else [answer])
    return {name: (kind, sorted(set(words(answer)), key=str)) for name, (kind, answer) in found.items()}


def _of_rows(head: Table) -> Shape | None:
    """A row for each annotation: several choices are an object."""
    made = {
        name: of_cells(name, _choices)
        for name, cells in head.columns.items()
        if any(map(_has_choices, cells))
    }
    says = [assumption("Label Studio export", "a row for each annotation")]
    label = next(iter(made)) if len(made) == 1 else None
    return Shape(
        says,
        made,
        (label, "the choices of the annotators") if label else None,
        problem=_disagreement(head) or _question(head, list(made)),
    )


def _disagreement(head: Table) -> Problem | None:
    """Annotators who gave different labels to a text: their rows would contradict each other."""
    for name, cells in head.columns.items():
        if (
            is_about(name)
            or name in (*_OF_MIN, "annotator")
            or not (any(map(_has_choices, cells)) or classes(cells))
        ):
            continue
        first: dict[Any, Cell] = {}
        for task, cell, line in zip(head.columns.get("id", ()), cells, head.lines, strict=False):
            if first.setdefault(task, cell) != cell:
                return Problem(
                    f"task {task} has several annotations, with different values of {name!r}",
                    where=head.place(line),
                    mend="Export JSON instead of JSON_MIN or CSV: then the answer of the majority counts. "
                    f"--label-column {name} learns from all rows.",
                )
    return None


def _choices(cell: Cell) -> Cell:
    if _has_choices(cell):
        return (json.loads(cell) if isinstance(cell, str) else cell)["choices"]
    return [cell] if isinstance(cell, str) else cell


def _has_choices(cell: Cell) -> bool:
    if isinstance(cell, str) and cell.startswith('{"choices"'):
        with contextlib.suppress(ValueError, RecursionError):
            return isinstance(json.loads(cell), dict)
        return False
    return isinstance(cell, dict) and "choices" in cell
