"""The header of a sheet: which row holds the column names, judged by the first thousand rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.config import ReadingConfig
from core.data.formats.delimited.header import (
    find_names,
    reasons_of_header,
    rows_below_header,
    unclear_header,
)
from core.data.tables.table import assumption, check_column_names, place
from core.problems import Problem
from core.text.plain import quoted, shortened


@dataclass(frozen=True)
class SheetHeader:
    """The columns of a sheet."""

    names: list[str]
    first: int
    """Index of the first column."""
    skipped: int
    """Rows up to the header, with it."""
    notes: list[str]

    def cells(self, row: Sequence[str], number: int, source: str) -> list[str]:
        """The cells of a row, empty ones added at its end.

        Raises:
            Problem: there are cells beyond the header.
        """
        cells = list(row[self.first :])
        if len(cells) > len(self.names):
            raise Problem(
                f"this row has {len(cells)} cells, the header has {len(self.names)}",
                where=place(source, "row", number),
                mend="Remove the cells beyond the header, or give them names.",
            )
        return cells + [""] * (len(self.names) - len(cells))


def find_header(
    rows: Sequence[Sequence[Any]], reading: ReadingConfig, source: str, others: Sequence[str] = ()
) -> SheetHeader:
    """Find the header among the first rows, each a row number and its cells.

    Args:
        rows: the first rows.
        reading: what was requested.
        source: the file and the sheet, named in errors.
        others: other sheets with rows.

    Raises:
        Problem: there are no rows, or two columns have the same name.
    """
    if not rows:
        raise Problem("the sheet has no rows", where=source, mend="Name a sheet with data: --subset SHEET.")
    cells = [list(row[1:]) for row in rows]
    first = min(next((index for index, cell in enumerate(row) if cell), len(row)) for row in cells)
    width = Counter(len(row) - first for row in cells).most_common(1)[0][0]
    notes: list[str] = []
    below = 0
    skipped = _above(cells, first, width) if reading.skip_rows is None else _skipped(rows, reading.skip_rows)
    if skipped >= len(cells):
        raise Problem("no rows below those that are skipped", where=source, mend="Use a lower --skip-rows.")
    if skipped and reading.skip_rows is None:
        above = quoted([shortened(" ".join(filter(None, row)), 30) for row in cells[:skipped]], 3)
        notes.append(assumption(f"{skipped} rows above the header are skipped", above, "--skip-rows"))
    top, number = cells[skipped][first:], rows[skipped][0]
    if reading.header is not None or reading.columns is not None:
        has_header = bool(reading.header)
    else:
        # Blank cells at the end of a row are not stored.
        table = [(row[first:] + [""] * len(top))[: len(top)] for row in cells[skipped:]]
        found = find_names(table, reading.text_column)
        if found == "unclear":
            more = f" To read another sheet, {quoted([*others], 3)}, give --subset SHEET." if others else ""
            raise unclear_header(top, place(source, "row", number), more)
        has_header = found != "none"
        notes += reasons_of_header(found, top)
        if has_header and (found_below := rows_below_header(table))[0]:
            below, what = found_below
            said = f"row {rows[skipped + 1][0]}" if below == 1 else f"{below} rows"
            notes.append(assumption(f"{said} below the header skipped", what, "--columns with --skip-rows"))
    if has_header:
        names = [name.strip() or f"column {place}" for place, name in enumerate(top, 1)]
    else:
        width = max(len(row) for row in cells) - first
        names = reading.columns or [f"column {place}" for place in range(1, width + 1)]
    return SheetHeader(_checked(list(names), source, number), first, skipped + has_header + below, notes)


def _above(cells: list[list[str]], first: int, width: int) -> int:
    """Number of rows with fewer cells than most, at the top."""
    for number, row in enumerate(cells):
        filled = sum(map(bool, row[first:]))
        if filled >= min(width, 2):
            return number
    return 0


def _skipped(rows: Sequence[Sequence[Any]], lines: int) -> int:
    """Number of rows with cells among the first `lines` of the sheet."""
    return sum(row[0] <= lines for row in rows)


def _checked(names: list[str], source: str, row: int) -> list[str]:
    where = place(source, "row", row)
    check_column_names(names, where)
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise Problem(
            f"duplicate column name {quoted(twice)}", where=where, mend="Give each column a different name."
        )
    return names
