"""Described: a reader of a location, with what the location itself says about its data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from core.data.tables.table import Cell, Reader, Table, WrappingReader


class Described(WrappingReader):
    """A reader with assumptions about its location, and class names that are stored outside of its files."""

    def __init__(
        self, reader: Reader, notes: Sequence[str] = (), class_names: Mapping[str, list[str]] | None = None
    ) -> None:
        super().__init__(reader)
        self._notes, self._class_names = list(notes), dict(class_names or {})

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield the rows of the reader; columns that name their classes themselves stay as they are."""
        notes = self._notes
        for table in self._reader.chunks(columns):
            names = {
                column: each
                for column, each in self._class_names.items()
                if column in table.columns and column not in table.class_names
            }
            if names:
                numbers = {column: list(map(_number, table.columns[column])) for column in names}
                named = replace(table, columns=table.columns | numbers).with_class_names(names)
                table = replace(named, class_names=table.class_names | names)
            yield replace(table, assumptions=[*notes, *table.assumptions]) if notes else table
            notes = []


def _number(cell: Cell) -> Cell:
    """The class number in a cell of text; any other cell as it is."""
    return int(cell) if isinstance(cell, str) and cell.isdecimal() and len(cell) < 9 else cell
