"""The header of a sheet: which row holds the column names, judged by the first thousand rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.config import ReadingConfig
from core.data.table import assumption, check_column_names, place
from core.problems import Problem
from core.text.plain import quoted, shortened

_LONGEST_NAME = 60  # characters; a longer cell is a text


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


def find_header(rows: Sequence[Sequence[Any]], reading: ReadingConfig, source: str) -> SheetHeader:
    """Find the header among the first rows, each a row number and its cells.

    Raises:
        Problem: there are no rows, or two columns have the same name.
    """
    if not rows:
        raise Problem("the sheet has no rows", where=source, mend="Name a sheet with data: --subset SHEET.")
    cells = [list(row[1:]) for row in rows]
    first = min(next((index for index, cell in enumerate(row) if cell), len(row)) for row in cells)
    width = Counter(len(row) - first for row in cells).most_common(1)[0][0]
    notes: list[str] = []
    skipped = _above(cells, first, width) if reading.skip_rows is None else _skipped(rows, reading.skip_rows)
    if skipped >= len(cells):
        raise Problem("no rows below those that are skipped", where=source, mend="Use a lower --skip-rows.")
    if skipped and reading.skip_rows is None:
        above = quoted([shortened(" ".join(filter(None, row)), 30) for row in cells[:skipped]], 3)
        notes.append(assumption(f"{skipped} rows above the header are skipped", above, "--skip-rows"))
    top = cells[skipped][first:]
    has_header = (
        reading.header if reading.header is not None else _is_header(top, cells[skipped + 1 :], first)
    )
    if reading.columns is not None and reading.header is None:
        has_header = False
    if has_header:
        names = [name.strip() or f"column {number}" for number, name in enumerate(top, 1)]
        return SheetHeader(_checked(names, source, rows[skipped][0]), first, skipped + 1, notes)
    if reading.columns is None:
        names = [f"column {number}" for number in range(1, max(len(row) for row in cells) - first + 1)]
        if reading.header is None:
            notes.append(
                assumption("no header", "the first row looks like the others", "--header or --columns")
            )
    else:
        names = reading.columns
    return SheetHeader(_checked(list(names), source, rows[skipped][0]), first, skipped, notes)


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


def _is_header(top: list[str], below: list[list[str]], first: int) -> bool:
    """Whether the first row names the columns: no cell is long, a number, or a value of its column."""
    if any(len(cell) > _LONGEST_NAME or _is_number(cell) for cell in top):
        return False
    return not any(
        cell and any(len(row) > index and row[index] == cell for row in below)
        for index, cell in enumerate(top, first)
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _checked(names: list[str], source: str, row: int) -> list[str]:
    where = place(source, "row", row)
    check_column_names(names, where)
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise Problem(
            f"duplicate column name {quoted(twice)}", where=where, mend="Give each column a different name."
        )
    return names
