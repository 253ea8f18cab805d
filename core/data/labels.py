"""Label cells to label names: booleans, whole numbers and words, in a stable order."""

import re
from collections.abc import Iterable
from typing import Literal

from core.data.table import Cell

LabelKind = Literal["boolean", "integer", "word"]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.0*)?")


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing: null, NaN or white space. Words such as NA or null are something."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or cell != cell


def kind_of(cells: Iterable[Cell]) -> LabelKind:
    """What the labels of a column are; blank cells do not count."""
    words = {_word(cell) for cell in cells if not is_blank(cell)}
    if words and all(word.lower() in ("true", "false") for word in words):
        return "boolean"
    if words and all(_INTEGER.fullmatch(word) for word in words):
        return "integer"
    return "word"


def label_name(cell: Cell, kind: LabelKind) -> str:
    """The name of the label in a cell that is not blank: 1.0 and "1" are both 1 among integers."""
    word = _word(cell)
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


def _word(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
