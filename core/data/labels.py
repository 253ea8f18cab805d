"""Label cells to label names: booleans, whole numbers and words, in a stable order."""

import re
from collections.abc import Iterable
from typing import Literal

from core.data.table import Cell
from core.problems import Problem
from core.text.plain import shortened

LabelKind = Literal["boolean", "integer", "word"]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.0*)?")
_MOST_LABELS = 1 << 17
_LONGEST_LABEL = 1000  # characters
_MOST_CHARACTERS = 1 << 24  # of all distinct labels together


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing: null, NaN or white space. Words such as NA or null are something."""
    if isinstance(cell, str):
        return not cell or cell.isspace()
    return cell is None or cell != cell


def label_word(cell: Cell) -> str:
    """What stands in a label cell that is not blank, before all of them tell its kind."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def kind_of(words: Iterable[str]) -> LabelKind:
    """What the labels of a column are, whose words are given."""
    distinct = set(words)
    if distinct and all(word.lower() in ("true", "false") for word in distinct):
        return "boolean"
    if distinct and all(map(_INTEGER.fullmatch, distinct)):
        return "integer"
    return "word"


def label_name(word: str, kind: LabelKind) -> str:
    """The name of the label that is written as `word`: 1.0 and 1 are both 1 among integers."""
    if kind == "boolean":
        return word.lower()
    if kind == "integer" and _INTEGER.fullmatch(word):
        return str(int(word.partition(".")[0]))
    return word


def in_order(labels: Iterable[str], kind: LabelKind, class_names: list[str] | None = None) -> list[str]:
    """Distinct labels in the order of `class_names` if the data declares them, else by number or alphabet."""
    distinct = set(labels)
    if class_names:
        return [name for name in class_names if name in distinct]
    return sorted(distinct, key=int) if kind == "integer" else sorted(distinct)


class Words:
    """The distinct words of a label column, numbered in the order in which they are found."""

    def __init__(self, source: str, column: str) -> None:
        self._source, self._column = source, column
        self._numbers: dict[str, int] = {}
        self._characters = 0
        self.found: list[str] = []
        """By number."""

    def number(self, cell: Cell) -> int:
        """The number of the word in a cell that is not blank.

        Raises:
            Problem: there are more words than any label column has.
        """
        word = label_word(cell)
        found = self._numbers.get(word)
        return self._add(word) if found is None else found

    def _add(self, word: str) -> int:
        self._characters += len(word)
        if len(word) > _LONGEST_LABEL:
            raise Problem(
                f"a label has {len(word):,} characters, {shortened(word, 60)!r}: too many for a label",
                where=f"{self._source}, column {self._column!r}",
                mend="Choose the column of the labels with --label-column.",
            )
        if len(self._numbers) >= _MOST_LABELS or self._characters > _MOST_CHARACTERS:
            raise Problem(
                f"there are more than {len(self._numbers):,} different labels: too many for a label",
                where=f"{self._source}, column {self._column!r}",
                mend="Choose the column of the labels with --label-column.",
            )
        self.found.append(word)
        return self._numbers.setdefault(word, len(self._numbers))
