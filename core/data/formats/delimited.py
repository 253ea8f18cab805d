"""CSV and TSV: text → tables, with the line on which each row starts."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Literal

from core.data.formats.text_file import TextFile
from core.data.table import Cell, ChunkSize, RowWarning, Table, check_column_names, place
from core.problems import Problem
from core.text.plain import quoted

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_HEADER_CHARACTERS = 65536  # in which the header is expected
_LONGEST_CELL = 1 << 24  # characters; a longer cell is an unclosed quote
_LONGEST_ROW = 1 << 25  # characters, over all lines of the row
_Quoting = Literal[0, 3]  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE

_UNPAIRED_QUOTES = "{place}: the double quotes are not paired. They are read as text."
_LONG_CELL = (
    "{place}: the cell that starts here contains tabs and line breaks. "
    "If its double quotes are part of the text, double them or save the file as CSV."
)


def parse_csv(text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
    """Read comma-separated text, or separated by semicolons, tabs or bars if the header is.

    Raises:
        Problem: no rows, an unclosed quote, or a row with too many or too few cells; with its line.
    """
    return _tables(text, source, _detect_delimiter(text, ","), csv.QUOTE_MINIMAL, columns, size)


def parse_tsv(text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
    """Read tab-separated text. If the quotes are not paired, they are read as part of the text.

    Raises:
        Problem: as `parse_csv`.
    """
    if _detect_delimiter(text, "\t") != "\t":
        yield from parse_csv(text, source, columns, size)
        return
    quoting = _detect_quoting(text, source, size)
    warnings = [RowWarning(_UNPAIRED_QUOTES, source)] if quoting == csv.QUOTE_NONE else []
    for table in _tables(text, source, "\t", quoting, columns, size):
        if quoting == csv.QUOTE_MINIMAL:
            warnings = _long_cell_warnings(table)
        table.warnings.extend(warnings)
        warnings = []
        yield table


def _detect_quoting(text: TextFile, source: str, size: ChunkSize) -> _Quoting:
    """Whether quotes enclose cells. Reads the whole file if it has any quotes."""
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


def _long_cell_warnings(table: Table) -> list[RowWarning]:
    """A warning about cells that may hold several rows: quotes in the texts can pair up by chance."""
    found = [
        line
        for cells in table.columns.values()
        for cell, line in zip(cells, table.lines, strict=True)
        if "\t" in cell and "\n" in cell
    ]
    return [RowWarning(_LONG_CELL, table.place(min(found)))] if found else []


def _detect_delimiter(text: TextFile, usual: str) -> str:
    """The usual delimiter if the header contains it, or else the one that yields the most cells."""

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), []))
        except csv.Error:
            return 0

    start = text.start(_HEADER_CHARACTERS)[:_HEADER_CHARACTERS]
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
    line, is_empty, chunk_start, row_end = 1, True, 0, 0

    def lines_of_text() -> Iterator[list[str]]:
        """The lines of each block, as long as the current row is not too long."""
        for block in text.lines("", source):
            if text.characters - row_end > _LONGEST_ROW:
                raise _unclosed_quote(
                    f"row of more than {_LONGEST_ROW:,} characters: ", place(source, "line", line)
                )
            yield block

    reader = csv.reader(
        chain.from_iterable(lines_of_text()), delimiter=delimiter, quoting=quoting, strict=True
    )
    try:
        for row in reader:
            row_end = text.characters
            if not row:
                pass  # a blank line
            elif not names:
                names = _column_names(row, source)
            elif len(row) != len(names):
                raise _wrong_width(len(row), len(names), delimiter, place(source, "line", line))
            else:
                lines.append(line)
                rows.append(row)
                if len(rows) == size.rows or text.characters - chunk_start >= size.characters:
                    yield _table(source, names, rows, lines, columns, text.share)
                    lines, rows, is_empty, chunk_start = [], [], False, text.characters
            line = reader.line_num + 1
    except csv.Error as error:
        too_long = f"cell of more than {_LONGEST_CELL:,} characters: "
        what = too_long if "field larger" in str(error) else ""
        raise _unclosed_quote(what, place(source, "line", line)) from None
    if rows:
        yield _table(source, names, rows, lines, columns, text.share)
    elif is_empty:
        raise Problem(
            "no rows below the header" if names else "the file is empty",
            where=source,
            mend="The first row holds the column names; the data follows.",
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


def _column_names(header: list[str], source: str) -> list[str]:
    """The column names in a header.

    Raises:
        Problem: a name occurs twice.
    """
    check_column_names(header, place(source, "line", 1))
    names = [name.strip() or f"column {number}" for number, name in enumerate(header, start=1)]
    duplicates = [name for name, count in Counter(names).items() if count > 1]
    if duplicates:
        raise Problem(
            f"duplicate column name {quoted(duplicates)}",
            where=place(source, "line", 1),
            mend="Give each column a different name.",
        )
    return names


def _unclosed_quote(what: str, where: str) -> Problem:
    return Problem(
        what + 'a double quote (") is not closed, or not doubled inside a quoted cell',
        where=where,
        mend='Close the quote, and write "" for a quote inside a quoted cell.',
    )


def _wrong_width(found: int, expected: int, delimiter: str, where: str) -> Problem:
    return Problem(
        f"this row has {_cells(found)}, the header has {_cells(expected)} "
        f"(separated by {_DELIMITERS[delimiter]})",
        where=where,
        mend='Put cells that contain the delimiter in double quotes ("), or add the missing cells.',
    )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
