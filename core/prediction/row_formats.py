"""The formats of an output: CSV, TSV, JSON Lines, JSON, Parquet."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from core.data.tables.table import Cell
from core.prediction.rows import ENCODER, Row, RowFormat, as_json


class CsvRows:
    """Comma-separated cells. Booleans, lists and objects are written as JSON, None as an empty cell."""

    delimiter = ","

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def start(self) -> bytes:
        """The header row."""
        return self.encode([self._columns])

    def encode(self, rows: Sequence[Row]) -> bytes:
        """See `RowFormat`."""
        if not {type(cell) for row in rows for cell in row} <= _PLAIN_TYPES:
            rows = [[_plain(cell) for cell in row] for row in rows]
        text = io.StringIO()
        usual = csv.writer(text, delimiter=self.delimiter, lineterminator="\n")
        usual.writerows(rows)
        if "\r" in text.getvalue():
            # The csv module does not quote carriage returns, and readers take them for line ends.
            text = io.StringIO()
            usual = csv.writer(text, delimiter=self.delimiter, lineterminator="\n")
            quoting = csv.writer(text, delimiter=self.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for row in rows:
                has_return = any(isinstance(cell, str) and "\r" in cell for cell in row)
                (quoting if has_return else usual).writerow(row)
        return text.getvalue().encode()

    def complete(self, written: Path) -> Path:
        """See `RowFormat`."""
        return written


class TsvRows(CsvRows):
    """Tab-separated cells."""

    delimiter = "\t"


class JsonLines:
    """One JSON object a line."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def start(self) -> bytes:
        """See `RowFormat`."""
        return b""

    def encode(self, rows: Sequence[Row]) -> bytes:
        """See `RowFormat`."""
        return ENCODER.encode_lines([dict(zip(self._columns, row, strict=True)) for row in rows])

    def complete(self, written: Path) -> Path:
        """See `RowFormat`."""
        return written


class JsonList:
    """One JSON list of objects."""

    _MORE, _END = b",\n", b"]\n"  # of equal length

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def start(self) -> bytes:
        """See `RowFormat`."""
        return b"["

    def encode(self, rows: Sequence[Row]) -> bytes:
        """See `RowFormat`."""
        items = [ENCODER.encode(dict(zip(self._columns, row, strict=True))) for row in rows]
        return self._MORE.join(items) + self._MORE

    def complete(self, written: Path) -> Path:
        """Replace the comma after the last row by the closing bracket; see `RowFormat`."""
        with written.open("r+b") as stream:
            stream.seek(-len(self._MORE), io.SEEK_END)
            stream.write(self._END)
        return written


def row_format(suffix: str, columns: Sequence[str]) -> RowFormat:
    """The format of files with `suffix`, one of `SUFFIXES`."""
    if suffix == ".parquet":
        from core.prediction.parquet_rows import ParquetRows  # pyarrow takes its time to load

        return ParquetRows(columns)
    return _TEXT_FORMATS[suffix](columns)


def _plain(cell: Cell) -> Cell:
    return as_json(cell) if isinstance(cell, bool | list | dict) else cell


_PLAIN_TYPES: set[type] = {str, int, float, type(None)}
_TEXT_FORMATS: dict[str, type[CsvRows | JsonLines | JsonList]] = {
    ".csv": CsvRows,
    ".tsv": TsvRows,
    ".jsonl": JsonLines,
    ".json": JsonList,
}
SUFFIXES = (*_TEXT_FORMATS, ".parquet")
