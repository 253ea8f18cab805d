"""Pairs: the texts and labels of a source, read a few thousand at a time, as often as they are asked for."""

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress

import numpy as np
import numpy.typing as npt

from core.data.label_cells import ONE_LABEL, LabelCells
from core.data.labels import is_blank
from core.data.remarks import Remark
from core.data.table import Cell, Reader, Table
from core.problems import Problem
from core.text.plain import shortened
from core.text.text_pairs import join

_NUL = "{place}: the text holds a NUL character, as do {count} texts in all."


@dataclass(frozen=True)
class Pairs:
    """The rows of a chunk that have both text and label, and the lines of those that have not."""

    texts: list[str]
    labels: list[Cell]
    lines: list[int]
    without_text: list[int]
    without_label: list[int]
    """Of rows with a text."""
    unused_labels: list[Cell]
    """Of rows without a text."""
    remarks: list[Remark]


@dataclass(frozen=True)
class PairReader:
    """Reads the texts and labels of a source, every time the same."""

    reader: Reader
    texts: tuple[str, ...]
    """Name of the text column, or of two whose texts belong together."""
    label: str
    """Name of the label column."""
    numbers_are_texts: bool
    cells: LabelCells = ONE_LABEL
    """How the labels are read."""

    def chunks(self) -> Iterator[Pairs]:
        """All its rows.

        Raises:
            Problem: it cannot be read, or a cell is neither text nor label; with its line.
        """
        for table in self.reader.chunks((*self.texts, self.label)):
            yield self._pairs(table)

    def _pairs(self, table: Table) -> Pairs:
        texts = text_cells(table, self.texts, numbers_are_texts=self.numbers_are_texts)
        labels, lines = table.columns[self.label], table.lines
        no_text, no_label = list(map(is_blank, texts)), list(map(self.cells.is_blank, labels))
        if self.cells.several or not {str}.issuperset(map(type, chain(texts, labels))):
            texts = [self._text(table, *row) for row in zip(texts, labels, lines, strict=True)]
        usable = [not (first or second) for first, second in zip(no_text, no_label, strict=True)]
        kept, kept_lines = list(compress(texts, usable)), list(compress(lines, usable))
        return Pairs(
            texts=kept,
            labels=list(compress(labels, usable)),
            lines=kept_lines,
            without_text=list(compress(lines, no_text)),
            without_label=list(compress(lines, map(operator.gt, no_label, no_text))),
            unused_labels=list(compress(labels, map(operator.gt, no_text, no_label))),
            remarks=[*table.remarks, *remark_on_nul(table, kept, kept_lines)],
        )

    def _text(self, table: Table, text: Cell, label: Cell, line: int) -> str:
        """The text of a row, empty where text or label is blank."""
        self.cells.check(table, self.label, label, line)
        if is_blank(text) or self.cells.is_blank(label):
            return ""
        return as_text(text, table, self.texts[0], line, numbers_are_texts=self.numbers_are_texts)


@dataclass(frozen=True, eq=False)
class ChosenTexts:
    """The texts of some rows of a source, read again from it each time."""

    pairs: PairReader
    chosen: npt.NDArray[np.bool_]
    """By usable row of the source."""

    def __len__(self) -> int:
        return int(np.count_nonzero(self.chosen))

    def chunks(self) -> Iterator[list[str]]:
        """The texts in their order, a few thousand at a time.

        Raises:
            Problem: the source cannot be read any more, or was changed.
        """
        start = 0
        for pairs in self.pairs.chunks():
            end = start + len(pairs.texts)
            if texts := list(compress(pairs.texts, self.chosen[start:end].tolist())):
                yield texts
            start = end


def text_cells(table: Table, columns: tuple[str, ...], *, numbers_are_texts: bool) -> list[Cell]:
    """The cells of the text column; of two the texts, joined, or empty where one of them is blank.

    Raises:
        Problem: a cell of two columns holds no text; with its line.
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


def remark_on_nul(table: Table, texts: list[str], lines: Sequence[int]) -> list[Remark]:
    """A remark about texts that hold NUL characters, if there are any."""
    found = [line for text, line in zip(texts, lines, strict=True) if "\0" in text]
    return [Remark(_NUL, table.place(found[0]), len(found))] if found else []
