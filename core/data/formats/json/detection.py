"""The layout of a whole JSON text: of a list, of an object, or of one value per line."""

from dataclasses import replace
from typing import Any

from core.data.formats.json.layout import Layout, beside_splits, layout_of_list, layout_of_object, splits_of
from core.data.formats.json.layout import Path as KeyPath
from core.data.formats.json.lines import numbered_lines
from core.data.formats.json.outline import outline
from core.data.formats.json.stream import SHAPES, JsonStream
from core.data.formats.text.text_file import TextFile
from core.data.tables.subsets import split_of
from core.data.tables.table import assumption, place
from core.problems import Problem
from core.text.plain import quoted

_BEHIND = assumption("one object for each row", "objects follow each other, without a list")


def layout_of_text(text: TextFile, source: str, part: KeyPath) -> Layout:
    """The layout of a text that starts with a list or an object.

    Args:
        text: the file.
        source: named in errors.
        part: keys that lead to the split to read.

    Raises:
        Problem: where the rows are is unclear, or there are none.
    """
    if JsonStream(text, source).peek() == "[":
        return _layout_of_values(text, source)
    stream = JsonStream(text, source)
    node = outline(stream, source)
    if stream.peek() not in ("", "{"):
        stream.end()
    if stream.peek() == "{":
        return Layout("records", several=True, said=(_BEHIND,))
    said: tuple[str, ...] = ()
    for step in part:
        if step not in node.members:
            raise Problem(f"no key {step!r} any more", where=source, mend="Start again.")
        said = beside_splits(node) if split_of(step) == "train" else ()
        node = node.members[step]
    splits = {} if part else splits_of(node)
    if len(splits) > 1:
        raise Problem(
            f"the file holds the splits {quoted(list(splits))}",
            where=source,
            mend="Save one of them as a file of its own.",
        )
    if node.kind == "list":
        if not node.size:
            raise Problem("no rows", where=source, mend=SHAPES)
        layout = replace(_layout_of_first(node.first, source), path=part)
    else:
        layout = layout_of_object(node, source, part)
    return replace(layout, said=(*layout.said, *said))


def _layout_of_values(text: TextFile, source: str) -> Layout:
    """The layout of a text that starts with a list: of the rows, or the first row itself."""
    stream = JsonStream(text, source)
    items = stream.items()
    try:
        first = next(items)
    except StopIteration:
        raise Problem("no rows", where=source, mend=SHAPES) from None
    return _layout_of_first(first, source)


def _layout_of_first(first: Any, source: str) -> Layout:
    """The layout of a list, by its first member."""
    try:
        return layout_of_list(first)
    except Problem as problem:
        raise Problem(problem.what, where=place(source, "row", 1), mend=problem.mend) from None


def layout_of_lines(text: TextFile, source: str) -> Layout:
    """The layout of one value per line. A line that is not an object is found when it is read."""
    _, first = next(numbered_lines(text, source), (0, {}))
    is_row = isinstance(first, str) or (isinstance(first, list) and len(first) > 1)
    return _layout_of_first(first, source) if is_row else Layout("records")
