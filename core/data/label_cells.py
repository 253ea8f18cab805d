"""LabelCells: what the cells of a label column hold, one label or several."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.data.labels import is_blank
from core.data.table import Cell, Table
from core.problems import Problem
from core.text.plain import shortened


@dataclass(frozen=True)
class LabelCells:
    """How the cells of a label column are read."""

    several: bool = False
    """A text can have any number of labels: cells hold lists, or what a delimiter divides."""
    delimiter: str | None = None
    """Divides the labels of a cell that is a text; None where cells hold lists."""

    @classmethod
    def of(cls, table: Table, column: str, delimiter: str | None) -> "LabelCells":
        """How to read the label column of a source with these first rows: as most of them have it."""
        cells = [cell for cell in table.columns.get(column, ()) if not is_blank(cell)]
        are_lists = 2 * sum(isinstance(cell, list) for cell in cells) > len(cells)
        return cls(several=are_lists or delimiter is not None, delimiter=delimiter)

    @property
    def reason(self) -> str:
        """Why a text can have several labels, in a sentence; empty where it has one."""
        if not self.several:
            return ""
        divided = f"divided by {self.delimiter!r}" if self.delimiter is not None else "in lists"
        return f"a text can have several labels: they are {divided}."

    def is_blank(self, cell: Cell) -> bool:
        """Whether a cell holds nothing. An empty list is something: the text has none of the labels."""
        return is_blank(self._without_delimiters(cell))

    def parts(self, cell: Cell) -> Sequence[Cell]:
        """The labels in a cell that is not blank and has no fault."""
        if isinstance(cell, list):
            return cell
        if self.delimiter is not None and isinstance(cell, str):
            return [part for part in cell.split(self.delimiter) if not is_blank(part)]
        return (cell,)

    def check(self, table: Table, column: str, cell: Cell, line: int) -> None:
        """Make sure that a cell, which may be blank, can be read.

        Raises:
            Problem: it holds something else than the others; with its line.
        """
        if reason := self._fault(cell):
            raise Problem(
                f"column {column!r} holds {shortened(repr(cell), 60)}: {reason}",
                where=table.place(line),
                mend=self._advice,
            )

    def _without_delimiters(self, cell: Cell) -> Cell:
        is_divided = self.delimiter is not None and isinstance(cell, str)
        return cell.replace(self.delimiter, "") if is_divided else cell

    def _fault(self, cell: Cell) -> str:
        if isinstance(cell, dict):
            return "an object is no label"
        if isinstance(cell, list):
            if not self.several:
                return "a list, where the first rows have one label each"
            if any(isinstance(part, list | dict) or is_blank(part) for part in cell):
                return "a list of labels holds words or numbers, and nothing that is empty"
        elif self.several and self.delimiter is None and not is_blank(cell):
            return "a single label, where others are in lists"
        return ""

    @property
    def _advice(self) -> str:
        if not self.several:
            return "Keep one label for each text, or give lists in all rows."
        return "Write lists of labels, or say what divides them with --label-delimiter."


ONE_LABEL = LabelCells()
