"""Lists of objects as labels, also as text: `[{"name": "joy"}, {"name": "love"}]`, also with weights."""

from collections.abc import Sequence
from typing import Any

from core.data.columns.shapes.shape import Shape, objects, of_cells
from core.data.labels.names import is_blank
from core.data.labels.plain_names import truth_of
from core.data.labels.written import read_objects
from core.data.tables.column_names import is_about, rank
from core.data.tables.table import Cell, Table, assumption
from core.problems import Problem

_NAMES = ("label", "name", "class", "category", "tag", "value", "text", "title", "classname", "class_name")
_WEIGHTS = frozenset(
    (
        *(
            "score",
            "weight",
            "probability",
            "prob",
            "proba",
            "p",
            "confidence",
            "conf",
            "likelihood",
            "value",
        ),
        *("certainty", "selected", "checked", "chosen", "present", "active", "applies", "assigned", "answer"),
    )
)


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
    members = dict.fromkeys(key for each in found for key in each if key != name)
    weights = [key for key in members if _may_weigh(key, name, found)]
    known = [key for key in weights if key.lower() in _WEIGHTS]
    chosen = known if known else weights
    lists = {frozenset(each[name] for each in objects(cell)) for cell in given}
    if chosen and (len(chosen) > 1 or not _are_weights(chosen[0], found, known or len(lists) == 1)):
        return Shape(problem=_unclear(chosen[0], column, head.source))
    weight = chosen[0] if chosen else None
    with_weight = f", with its {weight!r} as the weight" if weight else ""
    as_text = ", written as text" if any(isinstance(cell, str) for cell in cells) else ""
    what = f"the {name!r} of each in {column!r}{with_weight}{as_text}"
    says = assumption("objects as labels", what, "--label-column")
    return Shape([says], {column: of_cells(column, _reader(name, weight))}, (column, "objects as labels"))


def _may_weigh(key: str, name: str, found: Sequence[dict[str, Any]]) -> bool:
    """Whether a member may say how much a label applies: a number or truth that the label does not decide."""
    values = [(each[name], _number(each[key])) for each in found if not is_blank(each.get(key))]
    if not values or any(number is None for _, number in values):
        return False
    if key.lower() in _WEIGHTS:
        return len({number for _, number in values}) > 1 or 0 <= (values[0][1] or 0) <= 1
    differs = len(set(values)) > len({label for label, _ in values})
    return differs and not is_about(key)


def _are_weights(key: str, found: Sequence[dict[str, Any]], may_be_truths: object) -> bool:
    """Whether all numbers are from 0 to 1. A truth may be missing, and is false then; a number may not.

    A truth of an unknown name is a weight only where all rows list the same labels: else the lists choose.
    """
    values = [each.get(key) for each in found]
    given = [value for value in values if not is_blank(value)]
    are_truths = all(isinstance(value, bool) for value in given)
    if are_truths and not may_be_truths:
        return False
    numbers = [_number(value) for value in given]
    return (are_truths or len(given) == len(values)) and all(
        number is not None and 0 <= number <= 1 for number in numbers
    )


def _unclear(key: str, column: str, source: str) -> Problem:
    return Problem(
        f"column {column!r} holds objects, and their {key!r} may say whether a text has the label",
        where=source,
        mend=f"If so, call it 'score' and write numbers from 0 to 1, in all of them; if not, remove {key!r}.",
    )


def _number(value: Cell) -> float | None:
    """A number or a truth as a number, also one that is written as text; None if the value is neither."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return truth_of(value)
    return float(value) if isinstance(value, int | float) else None


def _reader(name: str, weight: str | None) -> Any:
    def labels(written: Cell) -> Cell:
        cell = _as_list(written)
        if not isinstance(cell, list) or not all(isinstance(each, dict) and name in each for each in cell):
            return written  # reported where the labels are read
        if weight is None:
            return [each[name] for each in cell]
        numbers = {each[name]: each.get(weight) for each in cell}
        return {
            label: value if (found := _number(value)) is None else found for label, value in numbers.items()
        }

    return labels


def _as_list(cell: Cell) -> Cell:
    """The list that a cell holds as text; another cell as it stands."""
    objects_in_text = read_objects(cell) if isinstance(cell, str) else None
    return cell if objects_in_text is None else objects_in_text
