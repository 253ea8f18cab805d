"""LabelCells: how to parse the cells of a label column, one label or several."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.data.labels.names import is_blank
from core.data.table import Cell, Table
from core.problems import Problem
from core.text.plain import shortened


@dataclass(frozen=True)
class LabelCells:
    """How to parse the cells of a label column."""

    multi_label: bool = False
    """A text can have several labels: a cell is a list, or labels separated by a delimiter."""
    delimiter: str | None = None
    """Separates the labels of a cell that is a string; None if cells are lists."""

    @classmethod
    def of(cls, table: Table, column: str, delimiter: str | None) -> "LabelCells":
        """Detect how to parse a label column by the majority of the first rows."""
        cells = [cell for cell in table.columns.get(column, ()) if not is_blank(cell)]
        are_lists = 2 * sum(isinstance(cell, list) for cell in cells) > len(cells)
        return cls(multi_label=are_lists or delimiter is not None, delimiter=delimiter)

    @property
    def reason(self) -> str:
        """Why the data is multi-label, in a sentence; empty if it is not."""
        if not self.multi_label:
            return ""
        form = f"separated by {self.delimiter!r}" if self.delimiter is not None else "lists"
        return f"multi-label: the labels of a text are {form}."

    def is_blank(self, cell: Cell) -> bool:
        """Whether a cell is blank. An empty list is not: it is a text with none of the labels."""
        return is_blank(self._without_delimiters(cell))

    def parts(self, cell: Cell) -> Sequence[Cell]:
        """The labels in a valid cell that is not blank."""
        if isinstance(cell, list):
            return cell
        if self.delimiter is not None and isinstance(cell, str):
            return [part for part in cell.split(self.delimiter) if not is_blank(part)]
        return (cell,)

    def check(self, table: Table, column: str, cell: Cell, line: int) -> None:
        """Check that a cell, which may be blank, can be parsed.

        Raises:
            Problem: it has another structure than the rest of the column; with its line.
        """
        if reason := self._error(cell):
            raise Problem(
                f"column {column!r} holds {shortened(repr(cell), 60)}: {reason}",
                where=table.place(line),
                mend=self._advice,
            )

    def _without_delimiters(self, cell: Cell) -> Cell:
        is_delimited = self.delimiter is not None and isinstance(cell, str)
        return cell.replace(self.delimiter, "") if is_delimited else cell

    def _error(self, cell: Cell) -> str:
        if isinstance(cell, dict):
            return "an object is not a label"
        if isinstance(cell, list):
            if not self.multi_label:
                return "a list, but the first rows have one label each"
            if any(isinstance(part, list | dict) or is_blank(part) for part in cell):
                return "the items of a label list must be words or numbers, and not empty"
        elif self.multi_label and self.delimiter is None and not is_blank(cell):
            return "a single label, but the first rows have lists"
        return ""

    @property
    def _advice(self) -> str:
        if not self.multi_label:
            return "Keep one label per text, or use lists in all rows."
        return "Use lists in all rows, or name the delimiter with --label-delimiter."


ONE_LABEL = LabelCells()
