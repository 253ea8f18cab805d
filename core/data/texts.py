"""Texts that are read a few thousand at a time; pick: some of them; open_texts: a file with all columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.data.columns import Trained, find_text_column, is_text_name, text_columns
from core.data.formats import DataFile
from core.data.labels import is_blank
from core.data.pairs import as_text, remark_on_nul, text_cells
from core.data.remarks import Remark
from core.data.table import Cell, Reader, Table

_EMPTY = "{place}: the text is empty; {count} in all, which get no label."


class Texts(Protocol):
    """Texts in their order, which are read from where they are each time they are asked for."""

    def __len__(self) -> int: ...

    def chunks(self) -> Iterator[list[str]]:
        """A few thousand at a time, from the first on; the same every time.

        Raises:
            Problem: they cannot be read any more, or were changed.
        """


def pick(texts: Texts, rows: npt.NDArray[np.intp]) -> list[tuple[int, str]]:
    """The texts of some rows with the numbers of these rows, which ascend."""
    found, start = [], 0
    for chunk in texts.chunks():
        within = rows[(rows >= start) & (rows < start + len(chunk))]
        found += [(int(row), chunk[row - start]) for row in within]
        start += len(chunk)
        if not len(rows) or start > rows[-1]:
            break
    return found


@dataclass(frozen=True)
class TextChunk:
    """Some rows of a file; blank texts are empty strings, so that no row is lost."""

    texts: list[str]
    rows: list[tuple[Cell, ...]]
    """The cells as the file has them, in the order of the columns of its `TextSource`."""
    remarks: list[Remark]
    """What was noticed about them."""
    read_share: float
    """How much of the file has been read with these rows, 0 to 1."""


@dataclass(frozen=True)
class TextSource:
    """A file of texts; labels are not needed."""

    reader: Reader
    text_column: str
    """Or two with a comma between."""
    columns: list[str]
    """All columns of the file."""
    reasons: list[str]
    """Why the text column was chosen, a sentence each."""
    numbers_are_texts: bool

    def chunks(self) -> Iterator[TextChunk]:
        """All rows of the file from the first on; the same every time.

        Raises:
            Problem: the file cannot be read, was changed, or has a cell that is no text; with its line.
        """
        return map(self._chunk, self.reader.chunks(self.columns))

    def _chunk(self, table: Table) -> TextChunk:
        columns = text_columns(self.text_column, self.columns)
        cells = text_cells(table, columns, numbers_are_texts=self.numbers_are_texts)
        texts = [
            ""
            if is_blank(cell)
            else as_text(cell, table, self.text_column, line, numbers_are_texts=self.numbers_are_texts)
            for cell, line in zip(cells, table.lines, strict=True)
        ]
        remarks = [*table.remarks, *remark_on_nul(table, texts, table.lines)]
        empty = [line for text, line in zip(texts, table.lines, strict=True) if not text]
        if empty:
            remarks.append(Remark(_EMPTY, table.place(empty[0]), len(empty)))
        return TextChunk(texts, list(zip(*table.columns.values(), strict=True)), remarks, table.read_share)


def open_texts(
    path: str, text_column: str | None, encoding: str | None, trained: Trained | None = None
) -> TextSource:
    """Look at the first rows of the file at `path`, and of JSON lines at all their keys.

    Raises:
        Problem: these cannot be read, or the text column cannot be told or is missing.
    """
    reader = DataFile(Path(path).expanduser(), encoding)
    head = next(reader.chunks())
    reasons: list[str] = []
    column = find_text_column(head, text_column, reasons, trained)
    is_known = column == text_column or (trained is not None and column == trained.text)
    return TextSource(reader, column, list(head.columns), reasons, is_known or is_text_name(column))
