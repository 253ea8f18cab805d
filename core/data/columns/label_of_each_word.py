"""Labels of words: a list as long as that of the words in each row is no label of the text."""

from collections.abc import Sequence

from core.data.labels.written import read_list
from core.data.tables.table import Cell, Table
from core.problems import Problem
from core.text.plain import quoted

_FEWEST_ROWS = 5
_LONGEST = 4  # words at least, in the longest row


def check_label_of_each_word(table: Table, text: str | None, label: str | None) -> None:
    """Check that the labels are not as many as the words of the text in each row.

    Raises:
        Problem: they are, or there are no texts and labels but lists of the same lengths.
    """
    listed = {name: _lengths(cells) for name, cells in table.columns.items()}
    if text is not None:
        listed[text] = listed.get(text) or _lengths(table.columns.get(text, []), words=True)
    labels = [label] if label is not None else [] if text is not None else list(table.columns)
    for name in labels:
        lengths = listed.get(name) or _lengths(table.columns.get(name, []), words=True)
        same = next((each for each in listed if each != name and lengths and listed[each] == lengths), None)
        if same is None or (label is None and all(isinstance(cell, str) for cell in table.columns[same])):
            continue
        raise Problem(
            f"{quoted([same, name])} hold as many values in each row: a label for each word",
            where=table.source,
            mend="A classifier learns a label for each text. Choose another column with --label-column.",
        )


def _lengths(cells: Sequence[Cell], *, words: bool = False) -> list[int]:
    """The length of the list in each cell, also written as text, or of its words; empty if there are none."""
    found = []
    for cell in cells:
        items = cell.split() if words and isinstance(cell, str) else cell
        if isinstance(items, str):
            items = read_list(items) if items.startswith(("[", "(")) else None
        if not isinstance(items, list | tuple):
            return []
        found.append(len(items))
    return found if len(found) >= _FEWEST_ROWS and len(set(found)) > 1 and max(found) >= _LONGEST else []
