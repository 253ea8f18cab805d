"""CSV and TSV: text to a table, with the line on which each row starts."""

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from core.data.table import Table, quoted
from core.problems import Problem

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_FIRST_ROW = 65536  # characters in which the names of the columns are expected
_Quoting = Literal[0, 3]  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE


def parse_csv(text: str, source: str) -> Table:
    """Read comma-separated text; divided by semicolon, tab or bar where the first row says so.

    Raises:
        Problem: no rows, an unclosed quote, or a row with too many or too few cells; with its line.
    """
    return _parse(text, source, _delimiter_of(text, ","), csv.QUOTE_MINIMAL)


def parse_tsv(text: str, source: str) -> Table:
    """Read tab-separated text. Where quotes do not pair up they are taken as part of the text.

    Raises:
        Problem: as `parse_csv`.
    """
    if _delimiter_of(text, "\t") != "\t":
        return parse_csv(text, source)
    try:
        table = _parse(text, source, "\t", csv.QUOTE_MINIMAL)
    except Problem as problem:
        try:
            table = _parse(text, source, "\t", csv.QUOTE_NONE)
        except Problem:
            raise problem from None
        return replace(table, warnings=[f"{source}: its double quotes do not pair up and are taken as text."])
    return replace(table, warnings=list(_warn_about_long_cells(table)))


def _warn_about_long_cells(table: Table) -> Iterator[str]:
    """Quotes that are part of the texts can pair up by chance and swallow the rows between them."""
    for cells in table.columns.values():
        for cell, line in zip(cells, table.lines, strict=True):
            if "\t" in cell and "\n" in cell:
                yield (
                    f"{table.place(line)}: the cell that starts here holds tabs and line ends; "
                    "if its double quotes are part of the text, double them or save the file as CSV."
                )
                return


def _delimiter_of(text: str, usual: str) -> str:
    """The usual delimiter if it divides the first row, else the one that cuts it into the most cells."""

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), []))
        except csv.Error:
            return 0

    start = text[:_FIRST_ROW]
    csv.field_size_limit(sys.maxsize)
    return usual if cells(usual) > 1 else max((usual, *_DELIMITERS), key=cells)


def _records(text: str, source: str, delimiter: str, quoting: _Quoting) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it starts."""
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)
    start = 1
    try:
        for record in reader:
            if record:
                yield start, record
            start = reader.line_num + 1
    except csv.Error:
        raise Problem(
            'a double quote (") in this row is not closed, or not doubled inside a quoted cell',
            where=f"{source}, line {start}",
            mend='Close the quote, and write "" for a quote inside a quoted cell.',
        ) from None


def _parse(text: str, source: str, delimiter: str, quoting: _Quoting) -> Table:
    records = _records(text, source, delimiter, quoting)
    _, header = next(records, (0, []))
    names = [name.strip() or f"column {number}" for number, name in enumerate(header, start=1)]
    _check_header(names, source)
    lines, rows = [], []
    for line, record in records:
        if len(record) != len(names):
            raise Problem(
                f"this row has {_cells(len(record))}, the first row has {_cells(len(names))} "
                f"(cells are divided by {_DELIMITERS[delimiter]})",
                where=f"{source}, line {line}",
                mend='Put cells that hold the delimiter in double quotes ("), or give the missing cells.',
            )
        lines.append(line)
        rows.append(record)
    if not rows:
        raise Problem(
            "there is only a first row and no data" if names else "the file is empty",
            where=source,
            mend="The first row holds the names of the columns, the data follows below it.",
        )
    return Table(
        source, {name: list(cells) for name, cells in zip(names, zip(*rows, strict=True), strict=True)}, lines
    )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _check_header(names: list[str], source: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise Problem(
            f"more than one column is called {quoted(twice)}",
            where=f"{source}, line 1",
            mend="Give every column its own name.",
        )
