"""Objects whose keys are labels: each holds a list of texts, or of objects with a text."""

from core.data.formats.json.outline import Node
from core.data.tables.column_names import rank
from core.data.tables.table import assumption

ROW_LISTS = (
    "data",
    "rows",
    "records",
    "examples",
    "items",
    "common_examples",
    "instances",
    "samples",
    "sentences",
)
"""Usual keys of the list with the rows."""


def texts_by_label(node: Node) -> str:
    """Why the keys of an object are labels of lists of texts; empty if they are not.

    Keys that name texts or labels are columns. Lists of equal length are columns unless each is full of
    different texts, so that none of them could be the labels.
    """
    if node.holds_only != "list" or node.size < 2 or any(_is_column(key) for key in node.members):
        return ""
    lists = list(node.members.values())
    if any(each.holds_only != "string" for each in lists):
        return ""
    spaced = [sum(" " in text for text in each.strings) * 2 > len(each.strings) for each in lists]
    distinct = [len(set(each.strings)) == len(each.strings) for each in lists]
    if len({each.size for each in lists}) == 1 and not (all(spaced) and all(distinct) and lists[0].size > 2):
        return ""
    return assumption("keys are the labels", f"{node.size:,} keys, each with a list of texts")


def objects_by_label(node: Node) -> str:
    """Why the keys of an object are labels of lists of objects; empty if they are not."""
    lists = node.members.values()
    if node.holds_only != "list" or node.size < 2 or len(node.members) < node.size:
        return ""
    if any(_is_column(key) or key.lower() in ROW_LISTS for key in node.members):
        return ""
    for each in lists:
        has_text = any(rank(name, "text") for name in each.names)
        if each.holds_only != "object" or not has_text or any(rank(name, "label") for name in each.names):
            return ""
    return assumption("keys are the labels", f"{node.size:,} keys, each with a list of objects")


def _is_column(key: str) -> bool:
    text, label = rank(key, "text"), rank(key, "label")
    return key.isalpha() and (
        (text is not None and text[3] == 0) or (label is not None and label[3] == 0) or key.lower() == "id"
    )
