"""CSV and TSV: text to tables, with the line on which each row starts."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Literal

from core.data.decoding import TextFile
from core.data.names import check_names
from core.data.remarks import Remark
from core.data.table import Cell, ChunkSize, Table, place
from core.problems import Problem
from core.text.plain import quoted

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_FIRST_ROW = 65536  # characters in which the names of the columns are expected
_LONGEST_CELL = 1 << 24  # characters: a cell that is longer is a quote that was never closed
_LONGEST_ROW = 1 << 25  # characters, with all its lines
_Quoting = Literal[0, 3]  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE

_QUOTES_ARE_TEXT = "{place}: its double quotes do not pair up and are taken as text."
_LONG_CELL = (
    "{place}: the cell that starts here holds tabs and line ends; "
    "if its double quotes are part of the text, double them or save the file as CSV."
)


def parse_csv(text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
    """Read comma-separated text; divided by semicolon, tab or bar where the first row says so.

    Raises:
        Problem: no rows, an unclosed quote, or a row with too many or too few cells; with its line.
    """
    return _tables(text, source, _delimiter_of(text, ","), csv.QUOTE_MINIMAL, columns, size)


def parse_tsv(text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
    """Read tab-separated text. Where quotes do not pair up they are taken as part of the text.

    Raises:
        Problem: as `parse_csv`.
    """
    if _delimiter_of(text, "\t") != "\t":
        yield from parse_csv(text, source, columns, size)
        return
    quoting = _quoting_of(text, source, size)
    remarks = [Remark(_QUOTES_ARE_TEXT, source)] if quoting == csv.QUOTE_NONE else []
    for table in _tables(text, source, "\t", quoting, columns, size):
        if quoting == csv.QUOTE_MINIMAL:
            remarks = _remark_on_long_cells(table)
        table.remarks.extend(remarks)
        remarks = []
        yield table


def _quoting_of(text: TextFile, source: str, size: ChunkSize) -> _Quoting:
    """Whether quotes enclose cells, for which all of them have to be looked at."""
    if not any('"' in block for block in text):
        return csv.QUOTE_MINIMAL
    try:
        for _ in _tables(text, source, "\t", csv.QUOTE_MINIMAL, None, size):
            pass
    except Problem as problem:
        try:
            for _ in _tables(text, source, "\t", csv.QUOTE_NONE, None, size):
                pass
        except Problem:
            raise problem from None
        return csv.QUOTE_NONE
    return csv.QUOTE_MINIMAL


def _remark_on_long_cells(table: Table) -> list[Remark]:
    """Quotes that are part of the texts can pair up by chance and swallow the rows between them."""
    found = [
        line
        for cells in table.columns.values()
        for cell, line in zip(cells, table.lines, strict=True)
        if "\t" in cell and "\n" in cell
    ]
    return [Remark(_LONG_CELL, table.place(min(found)))] if found else []


def _delimiter_of(text: TextFile, usual: str) -> str:
    """The usual delimiter if it divides the first row, else the one that cuts it into the most cells."""

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), []))
        except csv.Error:
            return 0

    start = text.start(_FIRST_ROW)[:_FIRST_ROW]
    csv.field_size_limit(_LONGEST_CELL)
    return usual if cells(usual) > 1 else max((usual, *_DELIMITERS), key=cells)


def _tables(
    text: TextFile,
    source: str,
    delimiter: str,
    quoting: _Quoting,
    columns: Sequence[str] | None,
    size: ChunkSize,
) -> Iterator[Table]:
    csv.field_size_limit(_LONGEST_CELL)
    names: list[str] = []
    lines: list[int] = []
    rows: list[list[str]] = []
    line, is_empty, begun, ended = 1, True, 0, 0

    def lines_of_text() -> Iterator[list[str]]:
        """The lines of each block; quotes that go on from line to line may not let a row grow for ever."""
        for block in text.lines("", source):
            if text.characters - ended > _LONGEST_ROW:
                raise _unclosed(
                    f"this row has more than {_LONGEST_ROW:,} characters: ", place(source, "line", line)
                )
            yield block

    reader = csv.reader(
        chain.from_iterable(lines_of_text()), delimiter=delimiter, quoting=quoting, strict=True
    )
    try:
        for row in reader:
            ended = text.characters
            if not row:
                pass  # a blank line
            elif not names:
                names = _names(row, source)
            elif len(row) != len(names):
                raise _wrong_width(len(row), len(names), delimiter, place(source, "line", line))
            else:
                lines.append(line)
                rows.append(row)
                if len(rows) == size.rows or text.characters - begun >= size.characters:
                    yield _table(source, names, rows, lines, columns, text.share)
                    lines, rows, is_empty, begun = [], [], False, text.characters
            line = reader.line_num + 1
    except csv.Error as error:
        too_long = f"a cell of this row has more than {_LONGEST_CELL:,} characters: "
        what = too_long if "field larger" in str(error) else ""
        raise _unclosed(what, place(source, "line", line)) from None
    if rows:
        yield _table(source, names, rows, lines, columns, text.share)
    elif is_empty:
        raise Problem(
            "there is only a first row and no data" if names else "the file is empty",
            where=source,
            mend="The first row holds the names of the columns, the data follows below it.",
        )


def _table(
    source: str,
    names: list[str],
    rows: list[list[str]],
    lines: list[int],
    columns: Sequence[str] | None,
    read_share: float,
) -> Table:
    cells: dict[str, list[Cell]] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    chosen = cells if columns is None else {name: cells[name] for name in columns}
    return Table(source, chosen, lines, read_share=read_share)


def _names(header: list[str], source: str) -> list[str]:
    """The names of the columns.

    Raises:
        Problem: two have the same.
    """
    check_names(header, f"{source}, line 1")
    names = [name.strip() or f"column {number}" for number, name in enumerate(header, start=1)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise Problem(
            f"more than one column is called {quoted(twice)}",
            where=f"{source}, line 1",
            mend="Give every column its own name.",
        )
    return names


def _unclosed(what: str, where: str) -> Problem:
    return Problem(
        what + 'a double quote (") in this row is not closed, or not doubled inside a quoted cell',
        where=where,
        mend='Close the quote, and write "" for a quote inside a quoted cell.',
    )


def _wrong_width(found: int, expected: int, delimiter: str, where: str) -> Problem:
    return Problem(
        f"this row has {_cells(found)}, the first row has {_cells(expected)} "
        f"(cells are divided by {_DELIMITERS[delimiter]})",
        where=where,
        mend='Put cells that hold the delimiter in double quotes ("), or give the missing cells.',
    )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
