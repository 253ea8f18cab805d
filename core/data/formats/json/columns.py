"""JSON in which columns stand one behind the other: as lists, or as objects by row name."""

import copy
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from core.data.formats.json.layout import Layout
from core.data.formats.json.layout import Path as KeyPath
from core.data.formats.json.stream import JsonStream
from core.data.formats.text.text_file import TextFile
from core.problems import Problem
from core.text.plain import quoted

_MISSING = ("", object())


def zipped(text: TextFile, source: str, layout: Layout, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of columns that stand one behind the other: each is read from a place of its own.

    Raises:
        Problem: the columns differ in length, or in the names of their rows.
    """
    streams = [
        _cells(text if not place else copy.copy(text), source, (*layout.path, name))
        for place, name in enumerate(columns)
    ]
    for cells in zip_longest(*streams, fillvalue=_MISSING):
        if _MISSING in cells or len({row for row, _ in cells}) > 1:
            raise Problem(
                f"the columns {quoted(list(columns))} do not have the same rows",
                where=source,
                mend="Give them the same length, and the same names of rows.",
            )
        yield dict(zip(columns, (cell for _, cell in cells), strict=True))


def _cells(text: TextFile, source: str, path: KeyPath) -> Iterator[tuple[str, Any]]:
    """The cells of a column, with the names of their rows if they have any."""
    stream = JsonStream(text, source).enter(path)
    if stream.peek() == "[":
        yield from (("", cell) for cell in stream.items())
    else:
        for row in stream.members():
            yield row, stream.value()


def names_of_columns(text: TextFile, source: str, layout: Layout) -> Iterator[str]:
    """The keys of the object that holds the columns."""
    stream = JsonStream(text, source).enter(layout.path)
    for key in stream.members():
        stream.value()
        yield key
