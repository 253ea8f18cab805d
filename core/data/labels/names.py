"""Label names: booleans, integers and words, in a stable order."""

import re
from collections.abc import Iterable
from typing import Literal

from core.data.tables.table import Cell
from core.problems import Problem
from core.text.plain import shortened

LabelKind = Literal["boolean", "integer", "word"]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.0*)?")
_MAX_LABELS = 1 << 17
_MAX_LABEL_CHARACTERS = 1000
_MAX_CHARACTERS = 1 << 24  # of all distinct labels together


def is_blank(cell: Cell) -> bool:
    """Whether a cell is null, NaN, white space, or \\N, as databases write null. A word such as NA is not."""
    if isinstance(cell, str):
        return not cell or cell.isspace() or cell == "\\N"
    return cell is None or cell != cell


def label_word(cell: Cell) -> str:
    """The label in a cell that is not blank, as written. The whole column then decides its kind."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def kind_of(words: Iterable[str]) -> LabelKind:
    """The kind of the labels of a column, as they are written."""
    distinct = set(words)
    if distinct and all(word.lower() in ("true", "false") for word in distinct):
        return "boolean"
    if distinct and all(map(_INTEGER.fullmatch, distinct)):
        return "integer"
    return "word"


def label_name(word: str, kind: LabelKind) -> str:
    """The name of a label written as `word`: among integers, 1.0 and 1 are both 1."""
    if kind == "boolean":
        return word.lower()
    if kind == "integer" and _INTEGER.fullmatch(word):
        return str(int(word.partition(".")[0]))
    return word


def in_order(labels: Iterable[str], kind: LabelKind) -> list[str]:
    """Distinct labels, sorted: integers by value."""
    distinct = set(labels)
    return sorted(distinct, key=int) if kind == "integer" else sorted(distinct)


class LabelWords:
    """The distinct labels of a column as written, numbered in order of first occurrence."""

    def __init__(self, source: str, column: str) -> None:
        self._source, self._column = source, column
        self._numbers: dict[str, int] = {}
        self._characters = 0
        self.found: list[str] = []
        """By number."""

    def number(self, cell: Cell) -> int:
        """The number of the label in a cell that is not blank.

        Raises:
            Problem: the label is too long, or there are too many.
        """
        word = label_word(cell)
        found = self._numbers.get(word)
        return self._add(word) if found is None else found

    def _add(self, word: str) -> int:
        self._characters += len(word)
        if len(word) > _MAX_LABEL_CHARACTERS:
            raise self._not_labels(f"label of {len(word):,} characters, {shortened(word, 60)!r}")
        if len(self._numbers) >= _MAX_LABELS or self._characters > _MAX_CHARACTERS:
            raise self._not_labels(f"more than {len(self._numbers):,} distinct labels")
        self.found.append(word)
        return self._numbers.setdefault(word, len(self._numbers))

    def _not_labels(self, what: str) -> Problem:
        return Problem(
            f"{what}; this does not look like a label column",
            where=f"{self._source}, column {self._column!r}",
            mend="Choose another with --label-column.",
        )
