"""Shape: how the rows of an export become texts with labels."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.data.columns.content import against_label, classes
from core.data.tables.column_names import is_about, rank
from core.data.tables.table import Cell, Table
from core.problems import Problem


@dataclass(frozen=True)
class Skipped:
    """In place of the cell of a row that is skipped."""

    reason: str


@dataclass(frozen=True)
class Made:
    """A column that is made from others."""

    needs: tuple[str, ...]
    """Columns of the source."""
    make: Callable[[Table], Sequence[Cell]]
    """The cells by row, from a table with these columns. Raises a Problem with the line of a wrong cell."""


@dataclass(frozen=True)
class Shape:
    """What was recognised in the first rows of a source."""

    says: list[str] = field(default_factory=list)
    """What was assumed, one sentence each."""
    made: dict[str, Made] = field(default_factory=dict)
    """Columns by name. They take the place of columns of the source with the same name."""
    label: tuple[str, str] | None = None
    """The label column, and why it is."""
    state: str | None = None
    """A column that says which rows are skipped; see `states`."""
    problem: Problem | None = None
    """Why its labels cannot be learned. A label column that is requested overrules it."""


def of_cells(column: str, make: Callable[[Cell], Cell]) -> Made:
    """A column that is made from each cell of one column."""
    return Made((column,), lambda table: [make(cell) for cell in table.columns[column]])


def agreed(votes: Sequence[Hashable], without: str = "not annotated") -> Any:
    """The answer that most annotators gave; skipped if there is none, or no majority."""
    if not votes:
        return Skipped(without)
    first, *others = Counter(votes).most_common(2)
    if others and others[0][1] == first[1]:
        return Skipped("annotators disagree, without a majority")
    return list(first[0]) if isinstance(first[0], tuple) else first[0]


def objects(cell: Cell) -> list[dict[str, Any]]:
    """The objects in a cell that is a list."""
    return [each for each in cell if isinstance(each, dict)] if isinstance(cell, list) else []


def words(values: Sequence[Any]) -> tuple[Hashable, ...]:
    """The values that can be labels: words and numbers."""
    return tuple(value for value in values if isinstance(value, str | int | float))


def has_label(head: Table, without: Collection[str], *, by_name: bool = False) -> bool:
    """Whether a column can be the label, leaving some out: by its name, or else by its content."""
    for name, cells in head.columns.items():
        if name in without or against_label(cells):
            continue
        if rank(name, "label") or not (by_name or is_about(name) or classes(cells) < 2):
            return True
    return False
