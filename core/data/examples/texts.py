"""Texts without labels, in chunks: the texts of a split, or a file to classify with all its columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.config import ReadingConfig
from core.data.columns.columns import TrainedColumns, find_text_column, is_text_name, text_columns
from core.data.columns.shapes.view import ShapedReader, shaped
from core.data.examples.reader import as_text, nul_warnings, text_cells
from core.data.labels.names import is_blank
from core.data.locations.find import find_file
from core.data.tables.table import Cell, Reader, RowWarning, Table

_EMPTY = "{place}: empty text, {count} in all. Empty texts get no label."


class Texts(Protocol):
    """Texts in order, read from their source each time."""

    def __len__(self) -> int: ...

    def chunks(self) -> Iterator[list[str]]:
        """Yield the texts, a few thousand at a time; the same each time.

        Raises:
            Problem: the source cannot be read any more, or has changed.
        """


def pick(texts: Texts, rows: npt.NDArray[np.intp]) -> list[tuple[int, str]]:
    """The row numbers and texts of `rows`, which must be in ascending order."""
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
    """Some rows of a file. Blank texts are empty strings: every row is kept."""

    texts: list[str]
    rows: list[tuple[Cell, ...]]
    """All cells of the rows, in the column order of the `TextSource`."""
    warnings: list[RowWarning]
    read_share: float
    """Share of the file read so far, 0 to 1."""


@dataclass(frozen=True)
class TextSource:
    """A file with texts. It needs no labels."""

    reader: Reader
    text_column: str
    """Or two columns, separated by a comma: text pairs."""
    texts: tuple[str, ...]
    """The one or two columns that `text_column` names. They may be paths within other columns."""
    columns: list[str]
    """All columns of the file."""
    reasons: list[str]
    """What was assumed about the file and its text column, one sentence each."""
    numbers_are_texts: bool
    """Accept numbers in the text column."""

    def chunks(self) -> Iterator[TextChunk]:
        """Yield all rows; the same each time.

        Raises:
            Problem: the file cannot be read, has changed, or has a cell that is not text; with its line.
        """
        more = [name for name in self.texts if name not in self.columns]
        return map(self._chunk, self.reader.chunks([*self.columns, *more]))

    def _chunk(self, table: Table) -> TextChunk:
        cells = text_cells(table, self.texts, numbers_are_texts=self.numbers_are_texts)
        texts = [
            ""
            if is_blank(cell)
            else as_text(cell, table, self.text_column, line, numbers_are_texts=self.numbers_are_texts)
            for cell, line in zip(cells, table.lines, strict=True)
        ]
        warnings = [*table.warnings, *nul_warnings(table, texts, table.lines)]
        empty = [line for text, line in zip(texts, table.lines, strict=True) if not text]
        if empty:
            warnings.append(RowWarning(_EMPTY, table.place(empty[0]), len(empty)))
        rows = list(zip(*(table.columns[name] for name in self.columns), strict=True))
        return TextChunk(texts, rows, warnings, table.read_share)


def open_texts(
    path: str, reading: ReadingConfig | None = None, trained: TrainedColumns | None = None
) -> TextSource:
    """Open a file of texts and choose its text column by the first rows (for JSON lines, by all keys).

    Args:
        path: a file, several of them, a URL, or a folder without splits.
        reading: how to read it; what it leaves open is detected.
        trained: the columns that a model was trained with.

    Raises:
        Problem: the file cannot be read, or the text column is missing or ambiguous.
    """
    reading = reading or ReadingConfig()
    wanted = reading.text_column or (trained.text if trained else None)
    file = find_file(path, reading.model_copy(update={"text_column": wanted}))
    reader, head = shaped(file, wanted, with_labels=False)
    reasons = list(head.assumptions)
    column = find_text_column(head, reading.text_column, reasons, trained)
    is_known = reading.text_column is not None or (trained is not None and column == trained.text)
    made = reader.made if isinstance(reader, ShapedReader) else ()
    return TextSource(
        reader=reader,
        text_column=column,
        texts=text_columns(column, head.columns),
        columns=[name for name in head.columns if name not in made],
        reasons=reasons,
        numbers_are_texts=is_known or is_text_name(column),
    )
