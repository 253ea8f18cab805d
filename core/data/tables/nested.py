"""Values within cells: `data.text` and `annotations.0.label` as names of columns."""

import re
from collections.abc import Iterable, Iterator, Sequence

from core.data.tables.table import Cell, Table
from core.text.plain import quoted

Steps = tuple[str | int, ...]

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_DEEPEST = 8
_LOOKED_AT = 50  # cells of a column
_MOST_PATHS = 64


def resolve(path: str, columns: Iterable[str]) -> tuple[str, Steps] | None:
    """The column and the steps within its cells that `path` names; None if it names none."""
    starts = [name for name in columns if path.startswith((f"{name}.", f"{name}["))]
    base = max(starts, key=len, default=None)
    if base is None:
        return None
    rest = path[len(base) :]
    steps = list(_STEP.finditer(rest))
    if "".join(step.group() for step in steps) != rest or len(steps) > _DEEPEST:
        return None
    return base, tuple(step[1] if step[1] is not None else int(step[2]) for step in steps)


def follow(cell: Cell, steps: Steps) -> Cell:
    """The value at the end of the steps; None if there is none."""
    for step in steps:
        if isinstance(cell, dict):
            cell = cell.get(str(step))
        elif isinstance(cell, list) and str(step).isdecimal():
            cell = cell[int(step)] if int(step) < len(cell) else None
        else:
            return None
    return cell


def paths_within(table: Table, *, in_lists: bool) -> list[str]:
    """The paths to values within the cells of a table, a few.

    Args:
        table: the first rows of a source.
        in_lists: include lists of one object in every row. Where there are more, a path would read one.
    """
    found: dict[str, None] = {}
    for name, cells in table.columns.items():
        for cell in _first(cells):
            found |= dict.fromkeys(_leaves(name, cell, in_lists, _DEEPEST))
            if len(found) >= _MOST_PATHS:
                break
    whole = [path for path in found if not in_lists or not rows_with_more(path, table)]
    return whole[:_MOST_PATHS]


def rows_with_more(path: str, table: Table) -> int:
    """The number of rows in which a path reads one of several items of a list, in the first rows."""
    base, steps = resolve(path, table.columns) or (path, ())
    return sum(_leaves_items(cell, steps) for cell in table.columns.get(base, []))


def _leaves_items(cell: Cell, steps: Steps) -> bool:
    for step in steps:
        if isinstance(cell, list) and len(cell) > 1:
            return True
        cell = follow(cell, (step,))
    return False


def lists_of_objects(table: Table) -> list[str]:
    """Columns with several objects in a row, at any depth."""
    paths = {
        path: name
        for name, cells in table.columns.items()
        for cell in _first(cells)
        for path in _leaves(name, cell, in_lists=True, depth=_DEEPEST)
    }
    return list(dict.fromkeys(name for path, name in paths.items() if rows_with_more(path, table)))


def choices_within(column: str, cell: Cell, option: str) -> str:
    """How to name a value within a cell, as the advice of a message; empty if there is none."""
    table = Table("", {column: [cell]}, [1])
    paths = [path for path in paths_within(table, in_lists=True) if path != column]
    if lists_of_objects(table):
        return f"Write one object for each text: {column!r} holds several objects. " + (
            f"A value beside them is named with {option}: {quoted(paths, 8)}." if paths else ""
        )
    return f"Name a value within it with {option}: one of {quoted(paths, 8)}." if paths else ""


def is_nested(cell: Cell) -> bool:
    """Whether a cell holds an object, or a list of objects."""
    return isinstance(cell, dict) or (isinstance(cell, list) and any(isinstance(each, dict) for each in cell))


def _first(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells[:_LOOKED_AT] if is_nested(cell)]


def _leaves(path: str, cell: Cell, in_lists: bool, depth: int) -> Iterator[str]:
    """The paths to values that are no objects."""
    if isinstance(cell, dict) and depth:
        for key, value in list(cell.items())[:_MOST_PATHS]:
            if _STEP.fullmatch(f".{key}"):
                yield from _leaves(f"{path}.{key}", value, in_lists, depth - 1)
    elif isinstance(cell, list) and cell and is_nested(cell):
        if in_lists and depth:
            yield from _leaves(f"{path}.0", cell[0], in_lists, depth - 1)
    elif cell is not None and depth < _DEEPEST:
        yield path
