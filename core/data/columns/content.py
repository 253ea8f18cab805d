"""Content of columns: how much the cells speak for texts or for labels, and what speaks against it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.data.labels.cells import holds_labels
from core.data.labels.names import is_blank
from core.data.tables.nested import is_nested
from core.data.tables.table import Cell

_NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|\.\d+)([eE][-+]?\d+)?\s*")
_FRACTION = re.compile(r"\s*[-+]?\d*[.,]\d*[1-9]\d*\s*")
_LINK = re.compile(r"\s*(https?://|www\.)\S+\s*", re.IGNORECASE)
_DATE = re.compile(r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ,].{0,25})?\s*")
_ID = re.compile(r"(?=.*\d)[A-Za-z0-9_:.#@/-]{1,64}")
_LONGEST_LABEL = 100  # characters; anything longer is a text
_LOOKED_AT = 500  # texts of a column
_MANY_ROWS = 20  # from which nearly as many distinct labels as rows speak against a label
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class Against:
    """What speaks against a column."""

    why: str
    """As in "holds numbers"."""
    is_final: bool = False
    """Whether the column cannot be used at all."""

    def __str__(self) -> str:
        return self.why


def against_text(cells: Sequence[Cell]) -> Against | None:
    """What speaks against the cells being texts; None if nothing does."""
    found = [cell for cell in cells if not is_blank(cell)]
    if not found:
        return Against("is empty")
    if sum(map(is_nested, found)) * 2 > len(found):
        return Against("holds objects", is_final=True)
    if sum(isinstance(cell, list) for cell in found) * 2 > len(found):
        return Against("holds lists", is_final=True)
    texts = [cell for cell in found if isinstance(cell, str)]
    if all(map(_NUMBER.fullmatch, texts)):
        return Against("holds numbers")
    if len(found) > 2 and len(set(texts)) == 1:
        return Against("holds a single value")
    if (
        len(found) >= _MANY_ROWS
        and classes(found)
        and len(set(texts)) * 10 < len(texts)
        and not _are_long(texts)
    ):
        return Against(f"holds {len(set(texts))} distinct values")
    return Against(f"holds {kind}") if (kind := _kind(texts)) else None


def against_label(cells: Sequence[Cell]) -> Against | None:
    """What speaks against the cells being labels; None if nothing does."""
    found = [cell for cell in cells if not is_blank(cell)]
    if not found:
        return Against("is empty")
    if all(isinstance(cell, list) and not cell for cell in found):
        return Against("holds empty lists")
    if sum(map(holds_labels, found)) * 2 > len(found):
        return None
    if any(map(is_nested, found)):
        return Against("holds objects", is_final=True)
    values = [str(cell) for cell in found if not isinstance(cell, list | dict)]
    distinct = set(values)
    if sum(_FRACTION.fullmatch(value) is not None for value in distinct) * 2 > max(1, len(distinct)):
        return Against("holds numbers with decimals")
    if len(distinct) == 1 and len(values) > 2:
        return Against("holds a single value")
    if len(values) >= _MANY_ROWS and len(distinct) >= _NEARLY_ALL * len(values):
        return Against("differs in nearly every row")
    if any(len(value) > _LONGEST_LABEL for value in distinct):
        return Against("holds long texts")
    return None


def holds_decimals(cells: Sequence[Cell]) -> bool:
    """Whether the cells are numbers, some of them with decimals, after a point or a comma: amounts."""
    values = {str(cell) for cell in cells if not is_blank(cell)}
    return all(map(_NUMBER.fullmatch, values)) and any(map(_FRACTION.fullmatch, values))


def holds_counts(cells: Sequence[Cell]) -> bool:
    """Whether the cells are whole numbers from 0 on, some of them above 1."""
    values = {str(cell).strip().removesuffix(".0") for cell in cells if not is_blank(cell)}
    return "0" in values and all(map(str.isdecimal, values)) and not values <= {"0", "1"}


def text_weight(cells: Sequence[Cell]) -> float:
    """How much the cells speak for texts: their mean length, times the share of distinct ones; 0 for none."""
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    if not texts or all(map(_NUMBER.fullmatch, texts)):
        return 0.0
    weight = sum(map(len, texts)) / len(cells) * len(set(texts)) / len(texts)
    return weight * (0.01 if len(texts) > 2 and _kind(texts) else 1.0)


def classes(cells: Iterable[Cell]) -> int:
    """Number of distinct labels of a column, or 0 if it does not look like labels."""
    lists = (cell if isinstance(cell, list) else [cell] for cell in cells)
    values = [value for each in lists for value in each if not is_blank(value)]
    if any(
        not isinstance(value, str | int | bool) and not (isinstance(value, float) and value.is_integer())
        for value in values
    ):
        return 0
    distinct = set(values)
    is_short = all(len(str(value)) <= _LONGEST_LABEL for value in distinct)
    return len(distinct) if is_short and 2 <= len(distinct) <= len(values) / 2 else 0


def _kind(texts: Sequence[str]) -> str:
    """The kind of most texts, if they are no sentences: links, dates or ids."""
    seen = texts[:_LOOKED_AT]
    for pattern, kind in ((_LINK, "links"), (_DATE, "dates"), (_ID, "ids")):
        if sum(pattern.fullmatch(text) is not None for text in seen) > _NEARLY_ALL * len(seen):
            return kind
    return ""


def _are_long(texts: Sequence[str]) -> bool:
    return sum(map(len, texts)) > 20 * len(texts)
