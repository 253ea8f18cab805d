"""Rows: the texts and label names of one split, with the blank rows set apart."""

from dataclasses import dataclass
from functools import cached_property

from core.data.columns import Columns, check_column
from core.data.labels import LabelKind, is_blank, label_name
from core.data.table import Cell, Table, shortened
from core.problems import Problem


def normalized(text: str) -> str:
    """What makes two texts equal: case and white space do not count."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True)
class Rows:
    """The usable rows of a table, and the lines of those that are not."""

    source: str
    unit: str
    texts: list[str]
    labels: list[str]
    lines: list[int]
    without_text: list[int]
    without_label: list[int]
    warnings: list[str]

    @cached_property
    def keys(self) -> list[str]:
        """The texts as they are compared: equal texts have equal keys."""
        return [normalized(text) for text in self.texts]

    def place(self, line: int) -> str:
        """Where a row is, for the start of a sentence."""
        return f"{self.source}, {self.unit} {line}"


def extract_rows(table: Table, columns: Columns, kind: LabelKind, *, numbers_are_texts: bool) -> Rows:
    """Take texts and labels out of `table`.

    Raises:
        Problem: a column is missing, or a cell is neither text nor label; with its line.
    """
    text_column, label_column = columns.text or "", columns.label or ""
    check_column(table, "text", text_column)
    check_column(table, "label", label_column)
    rows = Rows(table.source, table.unit, [], [], [], [], [], list(table.warnings))
    cells = zip(table.columns[text_column], table.columns[label_column], table.lines, strict=True)
    for text_cell, label_cell, line in cells:
        if isinstance(label_cell, list | dict):
            raise _not_one_label(table, label_column, line)
        if is_blank(text_cell):
            rows.without_text.append(line)
        elif is_blank(label_cell):
            rows.without_label.append(line)
        else:
            rows.texts.append(
                as_text(text_cell, table, text_column, line, numbers_are_texts=numbers_are_texts)
            )
            rows.labels.append(label_name(label_cell, kind))
            rows.lines.append(line)
    rows.warnings.extend(nul_warnings(table, rows.texts, rows.lines))
    return rows


def as_text(cell: Cell, table: Table, column: str, line: int, *, numbers_are_texts: bool) -> str:
    """The text in a cell that is not blank.

    Raises:
        Problem: the cell holds a list or an object, or a number where nobody said that numbers are texts.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool | int | float) and numbers_are_texts:
        return str(cell).lower() if isinstance(cell, bool) else str(cell)
    raise Problem(
        f"column {column!r} holds {shortened(repr(cell), 60)}, which is not a text",
        where=table.place(line),
        mend="Choose the column of the texts with --text-column.",
    )


def nul_warnings(table: Table, texts: list[str], lines: list[int]) -> list[str]:
    """A sentence about texts that hold NUL characters, if there are any."""
    found = [line for text, line in zip(texts, lines, strict=True) if "\0" in text]
    if not found:
        return []
    return [f"{table.place(found[0])}: the text holds a NUL character, as do {len(found):,} texts in all."]


def _not_one_label(table: Table, column: str, line: int) -> Problem:
    return Problem(
        f"column {column!r} holds a list or an object: several labels for one text are not supported yet",
        where=table.place(line),
        mend="Keep one label for each text, or choose another column with --label-column.",
    )
