"""ExampleReader: the texts and labels of a source, in chunks of a few thousand rows."""

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress

import numpy as np
import numpy.typing as npt

from core.data.labels.cells import ONE_LABEL, LabelCells
from core.data.labels.names import is_blank
from core.data.tables.nested import choices_within
from core.data.tables.table import Cell, Reader, RowWarning, Table
from core.problems import Problem
from core.text.plain import shortened
from core.text.text_pairs import join

_NUL = "{place}: NUL character in the text, {count} in all."


@dataclass(frozen=True)
class ExampleChunk:
    """The examples of a chunk, and the lines of rows that lack a text or a label."""

    texts: list[str]
    labels: list[Cell]
    lines: list[int]
    without_text: list[int]
    without_label: list[int]
    """Lines of rows with a text but no label."""
    unused_labels: list[Cell]
    """Labels of rows without a text."""
    warnings: list[RowWarning]

    def only(self, kept: list[bool]) -> "ExampleChunk":
        """The chunk with some of its examples."""
        return replace(
            self,
            texts=list(compress(self.texts, kept)),
            labels=list(compress(self.labels, kept)),
            lines=list(compress(self.lines, kept)),
        )


@dataclass(frozen=True, eq=False)
class ExampleReader:
    """Reads the examples of a source, the same each time."""

    reader: Reader
    texts: tuple[str, ...]
    """The text column, or the two columns of text pairs."""
    label: str
    """The label column."""
    numbers_are_texts: bool
    """Accept numbers in a text column."""
    cells: LabelCells = ONE_LABEL
    """How to parse the label column."""
    kept: npt.NDArray[np.bool_] | None = None
    """Mask of the examples to read, if not all: rows of dropped labels are skipped."""

    def chunks(self) -> Iterator[ExampleChunk]:
        """Yield all rows.

        Raises:
            Problem: the source cannot be read, or a cell is neither text nor label; with its line.
        """
        start = 0
        for table in self.reader.chunks((*self.texts, self.label)):
            chunk = self._examples(table)
            end = start + len(chunk.texts)
            yield chunk if self.kept is None else chunk.only(self.kept[start:end].tolist())
            start = end

    def only(self, kept: npt.NDArray[np.bool_]) -> "ExampleReader":
        """A reader of some of the examples, selected by a mask."""
        if self.kept is None:
            return replace(self, kept=kept)
        mask = self.kept.copy()
        mask[mask] = kept
        return replace(self, kept=mask)

    def _examples(self, table: Table) -> ExampleChunk:
        texts = text_cells(table, self.texts, numbers_are_texts=self.numbers_are_texts)
        labels, lines = table.columns[self.label], table.lines
        lacks_label = is_blank if self.cells.is_plain else self.cells.is_blank
        no_text, no_label = list(map(is_blank, texts)), list(map(lacks_label, labels))
        if not self.cells.is_plain or not {str}.issuperset(map(type, chain(texts, labels))):
            rows = zip(texts, labels, lines, no_label, strict=True)
            texts = [self._text(table, *row) for row in rows]
        usable = [not (first or second) for first, second in zip(no_text, no_label, strict=True)]
        kept, kept_lines = list(compress(texts, usable)), list(compress(lines, usable))
        return ExampleChunk(
            texts=kept,
            labels=list(compress(labels, usable)),
            lines=kept_lines,
            without_text=list(compress(lines, no_text)),
            without_label=list(compress(lines, map(operator.gt, no_label, no_text))),
            unused_labels=list(compress(labels, map(operator.gt, no_text, no_label))),
            warnings=[*table.warnings, *nul_warnings(table, kept, kept_lines)],
        )

    def _text(self, table: Table, text: Cell, label: Cell, line: int, has_no_label: bool) -> str:
        """The text of a row; empty if text or label is blank."""
        self.cells.check(table, self.label, label, line)
        if has_no_label or is_blank(text):
            return ""
        return as_text(text, table, self.texts[0], line, numbers_are_texts=self.numbers_are_texts)


@dataclass(frozen=True, eq=False)
class SelectedTexts:
    """The texts of some examples of a source, read from the source each time."""

    examples: ExampleReader
    chosen: npt.NDArray[np.bool_]
    """By example of the source."""

    def __len__(self) -> int:
        return int(np.count_nonzero(self.chosen))

    def chunks(self) -> Iterator[list[str]]:
        """Yield the texts in order, a few thousand at a time.

        Raises:
            Problem: the source cannot be read any more, or has changed.
        """
        start = 0
        for chunk in self.examples.chunks():
            end = start + len(chunk.texts)
            if texts := list(compress(chunk.texts, self.chosen[start:end].tolist())):
                yield texts
            start = end


def text_cells(table: Table, columns: tuple[str, ...], *, numbers_are_texts: bool) -> list[Cell]:
    """The cells of the text column; of two columns the joined text pairs, empty if either text is blank.

    Raises:
        Problem: a cell of two columns is not a text; with its line.
    """
    if len(columns) == 1:
        return table.columns[columns[0]]

    def texts(column: str) -> list[str]:
        return [
            "" if is_blank(cell) else as_text(cell, table, column, line, numbers_are_texts=numbers_are_texts)
            for cell, line in zip(table.columns[column], table.lines, strict=True)
        ]

    pairs = zip(*map(texts, columns), strict=True)
    return ["" if is_blank(first) or is_blank(second) else join(first, second) for first, second in pairs]


def as_text(cell: Cell, table: Table, column: str, line: int, *, numbers_are_texts: bool) -> str:
    """The text in a cell that is not blank.

    Raises:
        Problem: the cell holds a list or an object, or a number and `numbers_are_texts` is false.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool | int | float) and numbers_are_texts:
        return str(cell).lower() if isinstance(cell, bool) else str(cell)
    raise Problem(
        f"column {column!r} holds {shortened(repr(cell), 60)}, which is not text",
        where=table.place(line),
        mend=choices_within(column, cell, "--text-column") or "Choose the text column with --text-column.",
    )


def nul_warnings(table: Table, texts: list[str], lines: Sequence[int]) -> list[RowWarning]:
    """A warning about texts with NUL characters, if there are any."""
    found = [line for text, line in zip(texts, lines, strict=True) if "\0" in text]
    return [RowWarning(_NUL, table.place(found[0]), len(found))] if found else []
