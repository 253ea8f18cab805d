"""A column of 0 and 1 for each label: `toxic,obscene,insult`."""

from collections.abc import Iterable, Sequence
from typing import Any

from core.data.column_names import is_about, split_flag
from core.data.labels.names import is_blank
from core.data.shapes.shape import LeftOut, Made
from core.data.table import Cell, Table
from core.problems import Problem
from core.text.plain import shortened

_FLAGS: dict[Any, int] = {
    0: 0, 1: 1, -1: -1, "0": 0, "1": 1, "-1": -1, "0.0": 0, "1.0": 1, "-1.0": -1,
    "true": 1, "false": 0, "True": 1, "False": 0, "TRUE": 1, "FALSE": 0,
}  # fmt: skip
_UNKNOWN = -1  # as in a test set whose labels are not all published


def flag_columns(label: str, known: Iterable[str]) -> tuple[str, ...]:
    """The columns of `known` that `label` names: two or more, separated by commas; empty if it does not."""
    known = set(known)
    names = tuple(name.strip() for name in label.split(","))
    return names if len(names) > 1 and len(set(names)) == len(names) and known.issuperset(names) else ()


def flags_in(head: Table) -> tuple[str, ...]:
    """The columns that hold only 0 and 1, written alike; empty if there are not several."""
    numbers: list[str] = []
    words: list[str] = []
    for name, cells in head.columns.items():
        if "," in name or is_about(name) or split_flag(name) or not _are_flags(cells):
            continue
        is_word = any(isinstance(cell, bool) or (isinstance(cell, str) and cell.isalpha()) for cell in cells)
        (words if is_word else numbers).append(name)
    most = max(numbers, words, key=len)
    return tuple(most) if len(most) > 1 else ()


def made_of_flags(columns: Sequence[str]) -> Made:
    """The names of the columns with a 1, as a list for each row."""

    def make(table: Table) -> list[Any]:
        rows = zip(*(table.columns[name] for name in columns), table.lines, strict=True)
        return [_names(table, columns, row[:-1], row[-1]) for row in rows]

    return Made(tuple(columns), make)


def _names(table: Table, columns: Sequence[str], cells: Sequence[Cell], line: int) -> Any:
    flags = [_flag(cell) for cell in cells]
    if None in flags:
        wrong = flags.index(None)
        held = "is empty" if is_blank(cells[wrong]) else f"holds {shortened(repr(cells[wrong]), 60)}"
        raise Problem(
            f"column {columns[wrong]!r} {held}, which is not 0 or 1",
            where=table.place(line),
            mend="Write 0 or 1 in each column of a label, or name other columns with --label-column.",
        )
    if _UNKNOWN in flags:
        return LeftOut(f"-1 in column {columns[flags.index(_UNKNOWN)]!r}, an unknown label")
    return [name for name, flag in zip(columns, flags, strict=True) if flag]


def _flag(cell: Cell) -> int | None:
    """0, 1 or -1; None if the cell is none of them."""
    if isinstance(cell, str):
        return _FLAGS.get(cell.strip())
    return _FLAGS.get(cell) if isinstance(cell, int | float) else None


def _are_flags(cells: Sequence[Cell]) -> bool:
    return bool(cells) and all(_flag(cell) is not None for cell in cells)
