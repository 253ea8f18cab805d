"""Several columns that are the labels together: of 0 and 1, or with a label each: `label1,label2,label3`."""

import re
from collections.abc import Sequence
from typing import Any

from core.data.columns.content import against_label, classes
from core.data.columns.shapes.flag_columns import flags_in, holds_flags, made_of_flags
from core.data.columns.shapes.flag_columns import said as said_of_flags
from core.data.columns.shapes.shape import Made
from core.data.labels.names import is_blank
from core.data.tables.column_names import rank
from core.data.tables.table import Cell, Table

_NUMBERED = re.compile(r"(.*?[^\W\d_])[\s_.:#-]*(\d+)?")
_GAPS = frozenset(("na", "nan", "n/a", "<na>", "null", "none", "-"))  # in place of a further label
_SHARED = 0.5  # share of the cells of a column whose labels occur in the others as well
_EQUAL = 0.02  # share of the rows that may have a label twice, by mistake


def columns_in(head: Table) -> tuple[str, ...]:
    """The columns that are the labels together, written alike; empty if there are not two."""
    return flags_in(head) or _own_names_in(head) or numbered_in(head)


def numbered_in(head: Table) -> tuple[str, ...]:
    """Columns with a label each, of the same labels, and numbered: `tag_1`, `tag_2`; empty if there are none.

    Columns of annotators often have the same label in a row, and levels of categories have other labels.
    """
    groups: dict[str, list[str]] = {}
    for name in head.columns:
        match = _NUMBERED.fullmatch(name)
        if match and "," not in name and rank(match[1], "label") is not None:
            groups.setdefault(match[1].lower(), []).append(name)
    for group in groups.values():
        names = [name for name in group if not all(map(is_blank, head.columns[name]))]
        if len(names) > 1 and _are_several(names, head):
            return tuple(group)
    return ()


def is_same_kind(one: str, other: str, head: Table) -> bool:
    """Whether two columns named by the same word hold labels of the same kind: most are in both."""
    ranks = rank(one, "label"), rank(other, "label")
    return (
        None not in ranks
        and ranks[0][1] == ranks[1][1]  # type: ignore[index]
        and _are_shared([head.columns[one], head.columns[other]], in_all=False)
    )


def not_read(chosen: str, head: Table) -> list[str]:
    """What to say of the columns with labels of the same kind as those in the column that was chosen."""
    said = []
    for name in head.columns:
        if name == chosen or "," in name or not is_same_kind(chosen, name, head):
            continue
        pairs = zip(head.columns[chosen], head.columns[name], strict=True)
        both = [(a, b) for a, b in pairs if not _is_gap(a) and not _is_gap(b)]
        differing = sum(_word(a) != _word(b) for a, b in both)
        if not differing:
            continue
        if differing == len(both) and not holds_flags(head.columns[name]):
            more = f"if a text has both labels, --label-column '{chosen},{name}' reads them"
        else:
            more = "if people labelled the texts, write a column with the label of most of them"
        said.append(
            f"{name!r} is not read; it differs from {chosen!r} in {differing:,} of {len(both):,} "
            f"rows: {more}."
        )
    return said[:3]


def said(columns: Sequence[str], head: Table) -> str:
    """What the columns are, as the reason for choosing them."""
    if _hold_names(columns, head):
        return "a column for each label, with its name if the text has it, empty if not"
    if _hold_labels(columns, head):
        return "a label in each of the columns, empty if the text has no more"
    return said_of_flags(columns, head)


def made_of(columns: Sequence[str], head: Table) -> Made:
    """The labels of the columns, as a list for each row."""
    are_names = _hold_names(columns, head)
    if not are_names and not _hold_labels(columns, head):
        return made_of_flags(columns, head)

    def make(table: Table) -> list[Any]:
        found = []
        for row in zip(*(table.columns[name] for name in columns), strict=True):
            cells = [cell.strip() if isinstance(cell, str) else cell for cell in row if not _is_gap(cell)]
            # A row of names may be empty: the text has none of the labels. Else it was not labelled.
            found.append(list(dict.fromkeys(cells)) if cells or are_names else None)
        return found

    return Made(tuple(columns), make)


def _are_several(names: Sequence[str], head: Table) -> bool:
    """Whether columns hold labels of the same texts: the same labels, and none twice in a row."""
    columns = [head.columns[name] for name in names]
    if any(holds_flags(cells) for cells in columns) or not classes([c for cells in columns for c in cells]):
        return False
    if any((why := against_label(cells)) and why.why != "holds a single value" for cells in columns):
        return False
    rows = [[_word(cell) for cell in row if not _is_gap(cell)] for row in zip(*columns, strict=True)]
    several = [row for row in rows if len(row) > 1]
    twice = sum(len(set(row)) < len(row) for row in several)
    return bool(several) and twice <= _EQUAL * len(several) and _are_shared(columns)


def _are_shared(columns: Sequence[Sequence[Cell]], *, in_all: bool = True) -> bool:
    """Whether most cells of all columns, or of one, hold values of the others."""
    words = [[_word(cell) for cell in cells if not _is_gap(cell)] for cells in columns]
    shares = []
    for place, own in enumerate(words):
        others = {word for each in (*words[:place], *words[place + 1 :]) for word in each}
        shares.append(bool(own) and sum(word in others for word in own) >= _SHARED * len(own))
    # The first column may have labels that are seldom the second of a text.
    return sum(shares) >= len(shares) - 1 if in_all else any(shares)


def _own_names_in(head: Table) -> tuple[str, ...]:
    """The columns that hold their own name or nothing, as SurveyMonkey writes answers."""
    found = tuple(name for name in head.columns if "," not in name and _hold_names([name], head))
    return found if len(found) > 1 else ()


def _hold_names(columns: Sequence[str], head: Table) -> bool:
    return all(
        any(not is_blank(cell) for cell in head.columns[name])
        and all(is_blank(cell) or _word(cell) == _word(name) for cell in head.columns[name])
        for name in columns
    )


def _hold_labels(columns: Sequence[str], head: Table) -> bool:
    """Whether columns that are the labels together hold labels, and not 0 and 1."""
    return not any(holds_flags(head.columns[name]) for name in columns)


def _is_gap(cell: Cell) -> bool:
    return is_blank(cell) or _word(cell) in _GAPS


def _word(cell: Cell) -> str:
    return str(cell).strip().casefold()
