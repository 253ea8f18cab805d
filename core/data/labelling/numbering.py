"""Names of labels that are numbers: declared, requested, or in a column beside them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.config import DataConfig
from core.data.columns.columns import Columns
from core.data.labels.cells import LabelCells, list_of, vector_of
from core.data.labels.names import is_blank, kind_of, label_word
from core.data.tables.table import Table, assumption

_UNNAMED = re.compile(r"LABEL_\d+")  # what models without names of labels declare
_SUFFIXES = ("text", "name", "names", "str", "string", "title")
_NAME_COLUMNS = ("label_names", "class_names", "labels_names", "classes", "names")


@dataclass(frozen=True)
class Numbering:
    """Names of labels by their number, as words."""

    names: Mapping[str, str] = field(default_factory=dict)
    renames: bool = False
    """Whether labels that are written as numbers get these names."""
    reasons: tuple[str, ...] = ()


def requested(names: Sequence[str] | None) -> Numbering | None:
    """The numbering of `--label-names`; None without."""
    return None if names is None else Numbering(numbered(names), renames=True)


def numbered(names: Sequence[str]) -> dict[str, str]:
    """Names by their number, as a word."""
    return {str(number): name for number, name in enumerate(names)}


def name_column(table: Table, columns: Columns, config: DataConfig) -> tuple[Columns, Numbering]:
    """Prefer a column of names to the column of numbers beside it, as in `label` and `label_text`.

    Returns:
        The columns with the names as labels, and the numbering; the same columns if there are no names.
    """
    label = columns.label or ""
    ids = table.columns.get(label, [])
    if config.label_column is not None or not any(map(_holds_ids, ids)):
        return columns, Numbering()
    for column in table.columns:
        if column not in columns.texts and _is_name_of(column, label):
            names = _names_by_id(ids, table.columns[column])
            if names:
                reason = assumption(
                    f"label column {column!r}",
                    f"it names the numbers in {label!r}, which came first",
                    f"--label-column {label}",
                )
                others = [sentence for sentence in columns.reasons if not sentence.startswith("label column")]
                return replace(columns, label=column, reasons=[*others, reason]), Numbering(names)
    return columns, Numbering()


def find_numbering(table: Table, columns: Columns, cells: LabelCells, config: DataConfig) -> Numbering:
    """The numbering of the labels: requested, declared by the data, or of the positions of vectors."""
    if (asked := requested(config.label_names)) is not None:
        return asked
    declared = table.class_names.get(columns.label or "", [])
    if declared and not all(map(_UNNAMED.fullmatch, declared)):
        is_vector = cells.form == "vector" and len(declared) == cells.width
        said = assumption("names of the positions", "the data declare them", "--label-names")
        return Numbering(numbered(declared), renames=is_vector, reasons=(said,) if is_vector else ())
    if cells.form == "vector":
        return _names_of_positions(table, columns, cells)
    return Numbering()


def _names_of_positions(table: Table, columns: Columns, cells: LabelCells) -> Numbering:
    """Names in a list beside the vectors: all of them in every row, or those of the ones."""
    label = columns.label or ""
    vectors = [vector_of(cell) or () for cell in table.columns[label]]
    for column, listed in table.columns.items():
        is_usual = column.lower() in _NAME_COLUMNS or _is_name_of(column, label)
        if not is_usual or column in (label, *columns.texts):
            continue
        if names := _names_by_position(vectors, [list_of(cell) or () for cell in listed], cells.width):
            reason = assumption("names of the positions", f"column {column!r}", "--label-names")
            return Numbering(names, renames=True, reasons=(reason,))
    return Numbering()


def _names_by_position(
    vectors: list[tuple[int, ...]], rows: list[Sequence[object]], width: int
) -> dict[str, str]:
    """Names by position if each position always has the same name; empty if not."""
    found: dict[str, str] = {}
    for vector, names in zip(vectors, rows, strict=True):
        ones = [place for place, flag in enumerate(vector) if flag]
        places = list(range(width)) if len(names) == width else ones
        if len(names) != len(places):
            return {}
        for place, name in zip(places, names, strict=True):
            if not isinstance(name, str) or found.setdefault(str(place), name.strip()) != name.strip():
                return {}
    return _in_order(found)


def _holds_ids(cell: object) -> bool:
    """Whether a cell is a number, or a list of numbers that is no vector."""
    if isinstance(cell, list):
        return any(map(_is_id, cell)) and vector_of(cell) is None
    return _is_id(cell)


def _is_id(cell: object) -> bool:
    return (
        not is_blank(cell) and not isinstance(cell, list | dict) and kind_of([label_word(cell)]) == "integer"
    )


def _is_name_of(column: str, label: str) -> bool:
    name, base = column.lower(), label.lower().removesuffix("_id").removesuffix("_ids").removesuffix("s")
    rest = name.removeprefix(base).removeprefix("s").strip("_- .")
    return name.startswith(base) and rest in _SUFFIXES


def _names_by_id(ids: list[object], names: list[object]) -> dict[str, str]:
    """Names by number if each number always has the same name and the other way round; empty if not."""
    found: dict[str, str] = {}
    for number, name in _pairs(ids, names):
        if is_blank(number) and is_blank(name):
            continue
        if not _is_id(number) or not isinstance(name, str) or is_blank(name):
            return {}
        word = str(int(float(label_word(number))))
        if found.setdefault(word, name.strip()) != name.strip():
            return {}
    return _in_order(found)


def _pairs(ids: Sequence[object], names: Sequence[object]) -> Iterator[tuple[object, object]]:
    """Numbers with their names. The items of lists of equal length belong together."""
    for number, name in zip(ids, names, strict=True):
        if isinstance(number, list) and isinstance(name, list) and len(number) == len(name):
            yield from zip(number, name, strict=True)
        else:
            yield number, name


def _in_order(names: dict[str, str]) -> dict[str, str]:
    """Names in the order of their numbers; none if two are equal, or if there is only one."""
    is_clear = len(set(names.values())) == len(names) > 1
    return dict(sorted(names.items(), key=lambda item: int(item[0]))) if is_clear else {}
