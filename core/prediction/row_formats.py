"""How rows are written in each format, some thousand at a time, so that a file can be gone on with."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from core.data.table import Cell

Row = Sequence[Cell]


class RowFormat(Protocol):
    """Rows as bytes: a file is its start and then what any number of calls of `encode` gave.

    Args:
        columns: their names.
    """

    def __init__(self, columns: Sequence[str]) -> None: ...

    def start(self) -> bytes:
        """What stands before the first row."""

    def encode(self, rows: Sequence[Row]) -> bytes:
        """Some rows, at least one."""

    def complete(self, written: Path) -> Path:
        """Make the file whole that has its rows; also when that was begun before.

        Returns:
            The whole file: the same, or another one beside it.

        Raises:
            OSError: it cannot be written.
        """


class CsvRows:
    """Cells divided by commas. What is no text or number is written as JSON, nothing as an empty cell."""

    delimiter = ","

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def start(self) -> bytes:
        """The names of the columns."""
        return self.encode([self._columns])

    def encode(self, rows: Sequence[Row]) -> bytes:
        """As `RowFormat`."""
        if not {type(cell) for row in rows for cell in row} <= _PLAIN_TYPES:
            rows = [[_plain(cell) for cell in row] for row in rows]
        text = io.StringIO()
        usual = csv.writer(text, delimiter=self.delimiter, lineterminator="\n")
        usual.writerows(rows)
        if "\r" in text.getvalue():
            # The csv module leaves carriage returns bare, and whoever reads takes them for line ends.
            text = io.StringIO()
            usual = csv.writer(text, delimiter=self.delimiter, lineterminator="\n")
            quoting = csv.writer(text, delimiter=self.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for row in rows:
                has_return = any(isinstance(cell, str) and "\r" in cell for cell in row)
                (quoting if has_return else usual).writerow(row)
        return text.getvalue().encode()

    def complete(self, written: Path) -> Path:
        """As `RowFormat`."""
        return written


class TsvRows(CsvRows):
    """Cells divided by tabs."""

    delimiter = "\t"


class JsonLines:
    """An object a line."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def start(self) -> bytes:
        """As `RowFormat`."""
        return b""

    def encode(self, rows: Sequence[Row]) -> bytes:
        """As `RowFormat`."""
        return _ENCODER.encode_lines([dict(zip(self._columns, row, strict=True)) for row in rows])

    def complete(self, written: Path) -> Path:
        """As `RowFormat`."""
        return written


class JsonList:
    """One list of objects."""

    _MORE, _END = b",\n", b"]\n"  # equally long

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def start(self) -> bytes:
        """As `RowFormat`."""
        return b"["

    def encode(self, rows: Sequence[Row]) -> bytes:
        """As `RowFormat`."""
        items = [_ENCODER.encode(dict(zip(self._columns, row, strict=True))) for row in rows]
        return self._MORE.join(items) + self._MORE

    def complete(self, written: Path) -> Path:
        """As `RowFormat`: the comma after the last row becomes the end."""
        with written.open("r+b") as stream:
            stream.seek(-len(self._MORE), io.SEEK_END)
            stream.write(self._END)
        return written


def as_json(value: Cell) -> str:
    """A cell as JSON; what JSON does not know as a string."""
    return _ENCODER.encode(value).decode()


def _plain(cell: Cell) -> Cell:
    return as_json(cell) if isinstance(cell, bool | list | dict) else cell


_ENCODER = msgspec.json.Encoder(enc_hook=str)
_PLAIN_TYPES: set[type] = {str, int, float, type(None)}


def _parquet(columns: Sequence[str]) -> RowFormat:
    from core.prediction.parquet_rows import ParquetRows

    return ParquetRows(columns)


FORMATS: dict[str, Callable[[Sequence[str]], RowFormat]] = {
    ".csv": CsvRows,
    ".tsv": TsvRows,
    ".jsonl": JsonLines,
    ".json": JsonList,
    ".parquet": _parquet,
}
"""By the ending of the file."""
