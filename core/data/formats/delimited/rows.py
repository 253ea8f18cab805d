"""The rows of delimited text with a known layout → tables, with the line on which each row starts."""

import contextlib
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from core.data.formats.delimited.checks import FEWEST_AGREE
from core.data.formats.delimited.dialect import LONGEST_CELL, RETURN
from core.data.formats.delimited.layout import Layout
from core.data.formats.text.text_file import UNDECODABLE, UNDECODABLE_LINE, TextFile
from core.data.tables.table import Cell, ChunkSize, RowWarning, Table, check_column_names, place
from core.problems import Problem
from core.text.plain import quoted

_LONGEST_ROW = 1 << 25  # characters, over all lines of the row

_EMPTY_ROW = "{place}: row of delimiters only, {count} in all; skipped."
_HEADER_AGAIN = "{place}: the header again, {count} in all; skipped."
_WRONG_WIDTH = "{place}: row with another number of cells than the header, {count} in all; dropped."


class _Lines:
    """The lines of a text below those to skip, as long as the current row is not too long."""

    def __init__(self, text: TextFile, source: str, layout: Layout) -> None:
        self._text, self._source, self._layout = text, source, layout
        self._block: list[str] = []
        self._before = layout.skip
        self.row = layout.skip + 1
        """Line at which the current row starts."""

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._blocks())

    def is_blank(self, line: int) -> bool:
        """Whether a line of the current block holds only delimiters."""
        return not self._block[line - 1 - self._before].replace(self._layout.dialect.delimiter, "").strip()

    def escapes_break(self, line: int) -> bool:
        """Whether a line, or the one before it, ends with a backslash."""
        at = line - 1 - self._before
        ends = [each.rstrip("\r\n") for each in self._block[max(0, at - 1) : at + 1]]
        return any(each.endswith("\\") for each in ends)

    def _blocks(self) -> Iterator[list[str]]:
        skip = self._layout.skip
        row, row_start, read = self.row, 0, 0
        for block in self._text.lines(
            self._layout.dialect.newline, self._source, lone_return=RETURN, keeps_marks=True
        ):
            if self.row != row:
                row, row_start = self.row, read
            if self._text.characters - row_start > _LONGEST_ROW:
                what = f"row of more than {_LONGEST_ROW:,} characters: "
                raise _unclosed_quote(what, place(self._source, "line", row), self._layout)
            read = self._text.characters
            self._before += len(self._block)
            self._block = block[skip:]
            skip -= min(skip, len(block))
            yield self._block


def tables(
    text: TextFile, source: str, layout: Layout, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read all rows below the lines to skip.

    Raises:
        Problem: no rows, an unclosed quote, or a row with too many or too few cells; with its line.
    """
    lines = _Lines(text, source, layout)
    reader, skip = layout.dialect.reader(lines), layout.skip
    rows: list[list[str]] = []
    numbers: list[int] = []
    warnings: list[RowWarning] = []
    assumptions, is_empty, is_full, enough = layout.assumptions, True, False, size.characters
    with _csv_errors_as_problems(lines, source, layout):
        first = _first_row(reader, lines, skip)
        names = _column_names(first, layout, place(source, "line", lines.row))
        checks = _RowChecks(text, source, layout, first, lines)
        width, may_drop = len(names), text.reading.drop_bad_rows
        most, below = size.rows, skip + 1
        table = partial(_table, text, source, names, columns)

        if layout.has_header:
            lines.row = skip + reader.line_num + 1
        line, top = lines.row, first[0] if layout.has_header and first else None
        for row in reader if layout.has_header else chain(filter(None, [first]), reader):
            # The first condition holds for most rows: nothing else is computed for them.
            if (len(row) == width and row[0] and row[0] != top and not may_drop) or checks.keep(
                row, skip + reader.line_num, warnings
            ):
                if is_full:  # what was noticed between two chunks belongs to the first
                    yield table(rows, numbers, warnings, assumptions)
                    rows, numbers, warnings, assumptions, is_empty = [], [], [], [], False
                    enough = text.characters + size.characters
                numbers.append(line)
                rows.append(row)
                is_full = len(rows) == most or text.characters >= enough
            lines.row = line = reader.line_num + below
        if rows:
            yield table(rows, numbers, warnings, assumptions)
    if not rows and is_empty:
        raise _no_rows(layout, source, warnings, has_names=bool(first))


def _table(
    text: TextFile,
    source: str,
    names: list[str],
    columns: Sequence[str] | None,
    rows: list[list[str]],
    numbers: list[int],
    warnings: list[RowWarning],
    assumptions: list[str],
) -> Table:
    if text.has_marks:
        rows = [[cell.replace(RETURN, "\r") for cell in row] for row in rows]
    cells: dict[str, list[Cell]] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    chosen = cells if columns is None else {name: cells[name] for name in columns}
    share = text.share
    return Table(source, chosen, numbers, warnings=warnings, assumptions=assumptions, read_share=share)


class _RowChecks:
    """Checks of rows that are not as usual."""

    def __init__(self, text: TextFile, source: str, layout: Layout, first: list[str], lines: _Lines) -> None:
        self._text, self._source, self._layout, self._lines = text, source, layout, lines
        self._first, self._width = first, len(first)
        self._drops = text.reading.drop_bad_rows

    def keep(self, row: list[str], last_line: int, warnings: list[RowWarning]) -> bool:
        """Whether a row is kept; otherwise it is blank, or dropped with a warning.

        Args:
            row: its cells.
            last_line: line on which it ends.
            warnings: where to add one.

        Raises:
            Problem: it has too many or too few cells.
        """
        if not row:
            return False
        where = place(self._source, "line", self._lines.row)
        if self._text.has_marks and self._drops and any(map(UNDECODABLE.search, row)):
            warnings.append(RowWarning(UNDECODABLE_LINE, where))
            return False
        if len(row) != self._width:
            # A row over several lines may hold other rows, swallowed by an unclosed quote.
            is_single = last_line == self._lines.row
            if not (self._drops and is_single and self._layout.share >= FEWEST_AGREE):
                escaped = is_single and self._lines.escapes_break(last_line)
                raise _wrong_width(len(row), self._width, self._layout, where, self._drops, escaped)
            warnings.append(RowWarning(_WRONG_WIDTH, where))
            return False
        if self._width > 1 and self._layout.has_header and row == self._first:
            warnings.append(RowWarning(_HEADER_AGAIN, where))
            return False
        if self._width > 1 and not any(row) and self._lines.is_blank(last_line):
            warnings.append(RowWarning(_EMPTY_ROW, where))
            return False
        return True


def _first_row(reader: Iterator[list[str]], lines: _Lines, skip: int) -> list[str]:
    """The first row that is not blank; empty if there is none."""
    for row in reader:
        if row:
            return row
        lines.row = skip + reader.line_num + 1  # type: ignore[attr-defined]
    return []


@contextlib.contextmanager
def _csv_errors_as_problems(lines: _Lines, source: str, layout: Layout) -> Iterator[None]:
    try:
        yield
    except csv.Error as error:
        too_long = f"cell of more than {LONGEST_CELL:,} characters: "
        what = too_long if "field larger" in str(error) else ""
        raise _unclosed_quote(what, place(source, "line", lines.row), layout) from None


def _column_names(first: list[str], layout: Layout, where: str) -> list[str]:
    """The column names: given, in the first row, or else numbers.

    Raises:
        Problem: a name occurs twice, or there are too many or too few names.
    """
    check_column_names(first if layout.has_header else [], where)
    numbered = [f"column {number}" for number in range(1, len(first) + 1)]
    named = [cell.strip() or number for cell, number in zip(first, numbered, strict=True)]
    names = layout.names or (named if layout.has_header else numbered)
    duplicates = [name for name, count in Counter(names).items() if count > 1]
    if duplicates:
        raise Problem(
            f"duplicate column name {quoted(duplicates)}",
            where="--columns" if layout.names else where,
            mend="Give each column a different name.",
        )
    if first and len(names) != len(first):
        raise Problem(
            f"--columns has {_count(len(names), 'name')}, the first row has {_count(len(first), 'cell')} "
            f"(separated by {layout.dialect.name})",
            where=where,
            mend="Give one name for each column.",
        )
    return names if first else []


def _no_rows(layout: Layout, source: str, warnings: list[RowWarning], *, has_names: bool) -> Problem:
    if warnings:
        return Problem(
            f"no row is left of {len(warnings):,}; the first: {str(warnings[0]).rstrip('.')}",
            where=source,
            mend=_mend_of_left_out({warning.template for warning in warnings}),
        )
    if has_names:
        return Problem(
            "no rows below the header",
            where=source,
            mend="The first row holds the column names; the data follows. "
            "If the file has no header, give --no-header.",
        )
    if layout.skip:
        return Problem(
            f"no rows below the first {_count(layout.skip, 'line')}, which are skipped",
            where=source,
            mend="Give a smaller --skip-rows.",
        )
    return Problem(
        "the file is empty",
        where=source,
        mend="The first row holds the column names; the data follows.",
    )


def _mend_of_left_out(kinds: set[str]) -> str:
    if _WRONG_WIDTH in kinds:
        return "Give the --delimiter of the file, or leave out --drop-bad-rows to see what is wrong."
    if UNDECODABLE_LINE in kinds:
        return "Give the --encoding of the file."
    if _HEADER_AGAIN in kinds:
        return "Add rows with texts. If the first row is no header, give --no-header."
    return "Add rows with texts below the header."


def _unclosed_quote(what: str, where: str, layout: Layout) -> Problem:
    mend = 'Close the quote, and write "" for a quote inside a quoted cell.'
    if layout.without_quotes:
        mend += " All of the first rows agree if quotes are part of the texts: then give --quote none."
    return Problem(
        what + 'a double quote (") is not closed, or not doubled inside a quoted cell', where=where, mend=mend
    )


def _wrong_width(
    found: int, expected: int, layout: Layout, where: str, drops: bool, escaped: bool
) -> Problem:
    owner = "header" if layout.has_header else "first row"
    mend = 'Put cells that contain the delimiter in double quotes ("), or add the missing cells.'
    if escaped:
        mend = (
            "A backslash at the end of a line escapes the line break, as MySQL writes texts: "
            "replace both by a space, or put the text in double quotes."
        )
    elif layout.share < FEWEST_AGREE:
        mend += " Many rows have another number of cells: name the delimiter with --delimiter, or "
        mend += (
            "save the data anew with quotes: without them it is not certain where a text ends. Of one text a "
            "line, to be classified, the extension is .txt."
        )
    elif not drops:
        mend += " --drop-bad-rows drops such rows."
    return Problem(
        f"this row has {_count(found, 'cell')}, the {owner} has {_count(expected, 'cell')} "
        f"(separated by {layout.dialect.name})",
        where=where,
        mend=mend,
    )


def _count(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
