"""detect_cells: the form of the cells of a label column, judged by the first rows."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from core.data.columns.shapes.flag_columns import flag_columns
from core.data.labels.cells import PLAIN, Form, LabelCells, is_object, list_of, vector_of, without_end
from core.data.labels.delimiters import find_delimiter
from core.data.labels.names import is_blank
from core.data.labels.written import UNKNOWN
from core.data.tables.table import Cell, Table

_MOST = 0.9  # share of the cells that must be vectors or objects
_PADDINGS = (-1, -100)
_DECIMAL_COMMA = re.compile(r"\d+,0")


def detect_cells(
    table: Table,
    column: str,
    delimiter: str | None = None,
    *,
    multi_label: bool | None = None,
    known: Collection[str] = (),
) -> LabelCells:
    """Detect how to parse a label column by the first rows.

    Args:
        table: the first rows.
        column: the label column.
        delimiter: separates the labels of a cell, if that is known; `PLAIN` if a text is one label.
        multi_label: whether a text can have several labels or none. If that is not known, it can where the
            cells can hold several.
        known: labels that are known to occur.
    """
    cells = [cell for cell in table.columns.get(column, ()) if not is_blank(cell)]
    if delimiter == PLAIN:
        cells = [cell for cell in cells if not isinstance(cell, str)]
    form, width = _structure(cells)
    if form != "label":
        are_texts = any(isinstance(cell, str) for cell in cells)
        columns = flag_columns(column, table.columns)
        in_columns = bool(columns) and {label for cell in cells for label in cell} <= set(columns)
        padding = _padding(cells) if form == "list" else None
        many = multi_label is not False
        beside_plain = form == "list" and any(map(_is_of_r, cells)) and any(list_of(c) is None for c in cells)
        return LabelCells(
            form, many, delimiter, width, are_texts, in_columns, beside_plain=beside_plain, padding=padding
        )
    if delimiter == PLAIN:
        return LabelCells(multi_label=multi_label is True, delimiter=PLAIN)
    if delimiter is not None:
        return LabelCells("delimited", multi_label is not False, delimiter)
    if multi_label is not False:
        counts = Counter(cell.strip() for cell in cells if isinstance(cell, str))
        found = find_delimiter(counts, known)
        if found is not None and found.is_certain:
            return LabelCells("delimited", True, found.delimiter, why=found.why)
    return LabelCells(multi_label=multi_label is True)


def cells_like(cells: LabelCells, head: Table, column: str | None, known: Collection[str]) -> LabelCells:
    """How to parse the labels of other data than those that `cells` were detected in.

    They may be written in another way, but a text has one label, or several, as there.
    """
    own = detect_cells(head, column or "", cells.delimiter, multi_label=cells.multi_label, known=known)
    if own.form == "list":
        return own  # which may be made of columns, or padded in another way
    # Cells of no recognised form are judged by the form of the other data, and refused by their line.
    return cells if own.form in (cells.form, "label") else own


def _structure(cells: Sequence[Cell]) -> tuple[Form, int]:
    """The form of cells that are lists, vectors or objects, by most of them, and the length of vectors."""
    if _are_most(map(is_object, cells), len(cells)):
        return "weights", 0
    if width := _width(cells):
        return "vector", width
    if 2 * sum(list_of(cell) is not None for cell in cells) > len(cells):
        return "list", 0
    return ("list" if any(map(_is_of_r, cells)) else "label"), 0


def _is_of_r(cell: Cell) -> bool:
    """Whether a cell is a vector of R, beside which a single label stands as it is: `c("joy", "love")`."""
    return isinstance(cell, str) and cell.startswith('c("') and list_of(cell) is not None


def _width(cells: Sequence[Cell]) -> int:
    """The length of the vectors that most cells are, or 0."""
    vectors = [vector for cell in cells if (vector := vector_of(cell)) is not None]
    width, count = max(Counter(map(len, vectors)).items(), key=lambda item: item[1], default=(0, 0))
    if count < _MOST * len(cells) or 2 * sum(UNKNOWN in vector for vector in vectors) > len(cells):
        return 0
    # 0,0 and 1,0 are numbers with a decimal comma.
    are_decimal = all(isinstance(cell, str) and _DECIMAL_COMMA.fullmatch(cell) for cell in cells)
    return 0 if are_decimal else width


def _padding(cells: Sequence[Cell]) -> int | None:
    """The number that fills lists of the numbers of labels up to the same length; None if none does."""
    lists = [items for cell in cells if (items := list_of(cell)) is not None]
    if len(set(map(len, lists))) != 1 or len(lists[0]) < 2:
        return None
    for padding in _PADDINGS:
        filled = [without_end(items, padding) for items in lists]
        numbers = [number for items in filled for number in items]
        are_ids = all(isinstance(number, int) and number >= 0 for number in numbers)
        if are_ids and max(numbers, default=0) > 1 and filled != lists:
            return padding
    return None


def _are_most(flags: Iterable[bool], total: int) -> bool:
    return total > 0 and sum(flags) >= _MOST * total
