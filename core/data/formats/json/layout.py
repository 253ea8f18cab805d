"""Where the rows of a JSON text are, and in which form: found from its outline."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from core.data.formats.json.labels import ROW_LISTS, objects_by_label, texts_by_label
from core.data.formats.json.outline import Node, described, named
from core.data.formats.json.stream import SHAPES
from core.data.tables.column_names import rank
from core.data.tables.subsets import split_of
from core.data.tables.table import assumption
from core.problems import Problem
from core.text.plain import quoted, shortened

Form = Literal["records", "rows", "groups", "columns", "entries", "texts", "classes", "strings"]
"""How the rows are written.

records: a list of objects. rows: a list of lists of equal length. groups: a list of objects, each with a
label and a list of texts. columns: an object with a list, or an object by row name, for each column.
entries: an object with an object for each row. texts: an object with a list of texts for each label.
classes: an object with a list of objects for each label. strings: a list of texts, without labels.
"""
Path = tuple[str, ...]

# Texts of an intent in the files of chat bots.
_TEXT_LISTS = ("patterns", "examples", "utterances", "texts", "phrases", "queries", "questions", "sentences")
_ONE_ROW = "Records have to be flat: write one object per text, as in [{…}, {…}], or one per line as .jsonl."


@dataclass(frozen=True)
class Layout:
    """Where the rows are, and their form."""

    form: Form
    path: Path = ()
    """Keys that lead to the rows."""
    names: tuple[str, ...] | None = None
    """Names of the columns, where the rows have none."""
    header: bool = False
    """Whether the first row holds the names."""
    several: bool = False
    """Whether the rows follow each other without a list around them."""
    said: tuple[str, ...] = ()
    """What was assumed."""


def splits_of(node: Node) -> dict[str, Path]:
    """The paths of splits that are keys of an object, by their own names; empty if there are none."""
    path: Path = ()
    while True:
        held = {
            key: each for key, each in node.members.items() if each.kind in ("object", "list") and each.size
        }
        found = {key: (*path, key) for key in held if split_of(key)}
        usual = set(map(split_of, found))
        if len(usual) > 1 or (usual and len(held) == 1):
            return found
        if len(held) != 1:
            return {}
        ((key, node),) = held.items()
        path = (*path, key)


def layout_of_list(first: Any) -> Layout:
    """The layout of a list at the top, by its first member.

    Raises:
        Problem: it is neither an object, nor a list of two or more, nor a string.
    """
    if isinstance(first, str):
        said = assumption("plain texts", "a list of strings, each a text without a label")
        return Layout("strings", names=("text",), said=(said,))
    if isinstance(first, dict):
        keys = _group_keys(first)
        return Layout("groups", names=keys, said=(_of_groups(keys),)) if keys else Layout("records")
    return _layout_of_rows(first)


def layout_of_object(node: Node, source: str, path: Path = ()) -> Layout:
    """The layout of an object.

    Raises:
        Problem: where the rows are is unclear. Names what was found.
    """
    lists = {key: each for key, each in node.members.items() if each.kind == "list"}
    if _is_pandas_split(node):
        return Layout(
            "rows", (*path, "data"), said=(assumption("rows", "'columns' and 'data' as of pandas"),)
        )
    chosen = _record_list(lists)
    columns = _columns(node)
    if columns and not (chosen and chosen in ROW_LISTS):
        return replace(columns, path=path)
    if chosen:
        only = sum(_holds_records(each) for each in lists.values()) == 1
        why = "the only list of objects" if only else "its objects have a text and a label"
        return _layout_of_member(lists[chosen], (*path, chosen), why)
    if said := objects_by_label(node):
        return Layout("classes", path, said=(said,))
    if sum(map(_holds_records, lists.values())) > 1:
        raise _unclear(node, source, "several lists with objects")
    if texts := texts_by_label(node):
        return Layout("texts", path, ("text", "label"), said=(texts,))
    if node.holds_only == "object" and (found := _of_objects(node, path)):
        return found
    inner = {key: each for key, each in node.members.items() if each.kind == "object" and each.size}
    if len(inner) == 1:
        ((key, only_one),) = inner.items()
        return layout_of_object(only_one, source, (*path, key))
    holders = [key for key, each in inner.items() if _record_list(each.members) or _has_both(each.members)]
    if len(holders) == 1:
        return layout_of_object(inner[holders[0]], source, (*path, holders[0]))
    raise _unclear(node, source, "")


def beside_splits(node: Node) -> tuple[str, ...]:
    """What is said about an object with splits: the keys that are not read."""
    others = [key for key, each in node.members.items() if each.size and not split_of(key)]
    return (f"not read: {quoted(others, 6)}, beside the splits of the file.",) if others else ()


def _layout_of_member(node: Node, path: Path, why: str) -> Layout:
    said = _where(path, why)
    if isinstance(node.first, dict):
        keys = _group_keys(node.first)
        if keys:
            return Layout("groups", path, keys, said=(said, _of_groups(keys)))
        return Layout("records", path, said=(said,))
    rows = _layout_of_rows(node.first)
    return Layout("rows", path, rows.names, rows.header, said=(said, *rows.said))


def _where(path: Path, why: str) -> str:
    shown = ".".join(shortened(step, 40) for step in path)
    return assumption(f"rows from {shown!r}", why or "the rows of the file are there")


def _layout_of_rows(first: Any) -> Layout:
    """The layout of a list of lists. Two names of columns in the first row are a header."""
    if not isinstance(first, list) or not 2 <= len(first) <= 64:
        what = "a list of one value" if isinstance(first, list) and len(first) == 1 else named(first)
        raise Problem(f"expected an object, found {what}", mend=SHAPES)
    if all(isinstance(cell, str) for cell in first):
        texts = [cell for cell in first if rank(cell, "text")]
        labels = [cell for cell in first if rank(cell, "label")]
        short = all(len(cell) <= 40 for cell in first)
        if short and texts and labels and len(set(first)) == len(first):
            return Layout("rows", names=tuple(first), header=True, said=(_header(first),))
    names = tuple(f"column {number}" for number in range(1, len(first) + 1))
    return Layout("rows", names=names, said=(assumption("no header", f"rows are lists of {len(first)}"),))


def _header(first: list[str]) -> str:
    return assumption("header in the first row", f"it holds {quoted(first)}")


def _group_keys(record: dict[str, Any]) -> tuple[str, ...] | None:
    """The keys of the texts and of the label, if a record holds all texts of a label."""
    lists = [key for key in record if key.lower() in _TEXT_LISTS and isinstance(record[key], list)]
    if len(lists) != 1 or not all(isinstance(text, str) for text in record[lists[0]]):
        return None
    labels = [key for key in record if _is_label_of_group(key) and isinstance(record[key], str | int)]
    return (lists[0], labels[0]) if len(labels) == 1 else None


def _of_groups(keys: tuple[str, ...]) -> str:
    texts, label = keys
    return assumption("one row for each text", f"the texts in {texts!r}, with the label in {label!r}")


def _is_label_of_group(key: str) -> bool:
    return rank(key, "label") is not None or key.lower() == "name"


def _is_pandas_split(node: Node) -> bool:
    columns, data = node.members.get("columns"), node.members.get("data")
    return bool(
        columns is not None
        and data is not None
        and columns.holds_only == "string"
        and (data.holds_only == "list" and data.sizes == {columns.size})
    )


def _holds_records(node: Node) -> bool:
    """Whether a list has an object or a list for each row."""
    if node.kind != "list":
        return False
    is_rows = node.holds_only == "list" and len(node.sizes) == 1 and 2 <= min(node.sizes) <= 64
    return node.holds_only == "object" or is_rows


def _record_list(members: dict[str, Node]) -> str | None:
    """The key of the list with the rows; None if there is none, or several that may be it."""
    found = [key for key, node in members.items() if _holds_records(node)]
    if len(found) < 2:
        return found[0] if found else None
    for wanted in (
        [key for key in found if _has_both(members[key].names)],
        [key for key in found if key.lower() in ROW_LISTS],
    ):
        if len(wanted) == 1:
            return wanted[0]
    return None


def _has_both(keys: Iterable[str]) -> bool:
    """Whether some of the keys speak for a text and others for a label."""
    keys = list(keys)
    return any(rank(key, "text") for key in keys) and any(rank(key, "label") for key in keys)


def _columns(node: Node) -> Layout | None:
    """The layout of an object of lists of equal length, unless they are texts by label."""
    sizes = {each.size for each in node.members.values()}
    is_object_of_lists = node.holds_only == "list" and len(node.members) == node.size
    if not is_object_of_lists or len(sizes) > 1 or texts_by_label(node) or objects_by_label(node):
        return None
    if node.size == 1 and _holds_records(next(iter(node.members.values()))):
        return None
    return Layout("columns")


def _of_objects(node: Node, path: Path) -> Layout | None:
    """The layout of an object of objects: by column or by row, as pandas writes either. None if unclear."""
    rows = any(rank(name, "text") or rank(name, "label") for name in node.names)
    columns = len(node.sizes) == 1 and any(rank(key, "text") or rank(key, "label") for key in node.members)
    values = [
        each.kinds.total() - each.kinds["object"] - each.kinds["list"] for each in node.members.values()
    ]
    if node.size < 2 or not all(values):
        return None
    if rows == columns:
        rows, columns = (_are_numbers(node.members), _are_numbers(node.names))
    if rows == columns:
        most = max(node.sizes)
        rows, columns = node.size > 2 * most, most > 2 * node.size
    if rows == columns:
        return None
    form: Form = "entries" if rows else "columns"
    what = "one object for each row" if rows else "one object for each column"
    said = assumption(what, f"as in {shortened(next(iter(node.members)), 40)!r}")
    return Layout(form, path, said=(said,))


def _are_numbers(names: dict[str, Any]) -> bool:
    return all(name.isdecimal() for name in names)


def _unclear(node: Node, source: str, what: str) -> Problem:
    kinds = f"{what}: " if what else "where the rows are is unclear: "
    if not what and node.holds_only == "list" and len({each.size for each in node.members.values()}) > 1:
        found = ", ".join(
            f"{shortened(key, 60)!r} has {each.size:,}" for key, each in [*node.members.items()][:8]
        )
        return Problem(
            f"the lists differ in length: {found}", where=source, mend="Give them the same length."
        )
    if not node.size:
        return Problem("no rows", where=source, mend=SHAPES)
    return Problem(f"{kinds}the JSON is an object with {described(node)}", where=source, mend=_ONE_ROW)
