"""JSON and JSON lines: text → tables."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from core.data.formats.json_layout import (
    Layout,
    beside_splits,
    layout_of_list,
    layout_of_object,
    splits_of,
)
from core.data.formats.json_layout import Path as KeyPath
from core.data.formats.json_lines import has_lines, is_of_lines, numbered_lines
from core.data.formats.json_outline import named, outline
from core.data.formats.json_stream import SHAPES, JsonStream
from core.data.formats.text_file import TextFile
from core.data.locations.subsets import split_of
from core.data.table import MAX_COLUMNS, Cell, ChunkSize, Table, Unit, assumption, check_column_names, place
from core.problems import Problem
from core.text.plain import quoted

_BEHIND = assumption("one object for each row", "objects follow each other, without a list")
_MISSING = ("", object())


def parse_json(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize, part: KeyPath = ()
) -> Iterator[Table]:
    """Read rows in any usual form: see `json_layout.Form`. JSON lines are accepted too.

    Rows of any number are streamed. Without `columns` the text is read twice.

    Args:
        text: the file.
        source: named in errors.
        columns: columns to read, which must exist.
        size: how much to read at once.
        part: keys that lead to the split to read.

    Raises:
        Problem: invalid JSON (with the line), or another structure (with what was found).
    """
    mark = JsonStream(text, source).peek()
    if not part and has_lines(text, source):
        layout = _layout_of_lines(text, source)
        said = assumption("one row per line", "each line is a value of its own")
        layout = replace(layout, said=(*layout.said, said))
        yield from _Rows(text, source, layout, "line").tables(columns, size)
        return
    if not mark or mark not in "[{":
        value = JsonStream(text, source).value()
        raise Problem(f"the JSON is {named(value)}, not a list of objects", where=source, mend=SHAPES)
    layout = _layout_of_values(text, source) if mark == "[" else _layout_of_object(text, source, part)
    yield from _Rows(text, source, layout, "row").tables(columns, size)


def parse_json_lines(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read one object per line. Blank lines are skipped. JSON of another form is accepted too.

    Without `columns` the text is read twice, because only the last row may have a certain key.

    Raises:
        Problem: a line is not a JSON object; with its line.
    """
    if is_of_lines(text, source):
        layout = _layout_of_lines(text, source)
        yield from _Rows(text, source, layout, "line").tables(columns, size)
    else:
        yield from parse_json(text, source, columns, size)


def find_json_splits(text: TextFile, source: str) -> dict[str, KeyPath]:
    """The keys that lead to each split that a JSON text holds, by the name of the split there.

    Raises:
        Problem: invalid JSON.
    """
    if JsonStream(text, source).peek() != "{" or has_lines(text, source):
        return {}
    return splits_of(outline(JsonStream(text, source), source))


@dataclass(frozen=True)
class _Rows:
    """The rows of a text with a known layout."""

    text: TextFile
    source: str
    layout: Layout
    unit: Unit
    """Rows are lines, or members of a list or object."""

    def tables(self, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
        """All rows, as tables.

        Raises:
            Problem: a row is of another form than the first, or there are none.
        """
        layout, said = self.layout, list(self.layout.said)
        if columns is None and layout.form == "columns":
            columns = list(_names(self.text, self.source, layout))
            check_column_names(columns, self.source)
        elif columns is None and layout.form == "rows":
            columns = self._names()
            check_column_names(columns, self.source)
        elif columns is None and layout.names is not None:
            columns = list(layout.names)
        elif columns is None:
            columns = _keys(self._items(None, self.text), self)
        progress = copy.copy(self.text)  # read in step with the rows
        empty = True
        for table in _tables(self._items(columns, progress), self, progress, columns, size):
            table.assumptions.extend(said)
            yield table
            said, empty = [], False
        if empty:
            raise Problem("no rows", where=self.source, mend=SHAPES)

    def _names(self) -> list[str]:
        if self.layout.names is not None:
            return list(self.layout.names)
        path = (*self.layout.path[:-1], "columns")
        return [str(name) for name in JsonStream(self.text, self.source).enter(path).value()]

    def _items(self, columns: Sequence[str] | None, text: TextFile) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each row as an object, with its position."""
        is_lines = self.unit == "line"
        numbered = numbered_lines(text, self.source) if is_lines else enumerate(self._values(text), 1)
        match self.layout.form:
            case "columns":
                return enumerate(_zipped(text, self.source, self.layout, columns or ()), 1)
            case "rows":
                return self._from_lists(numbered)
            case "groups":
                return enumerate(self._from_groups(numbered), 1)
            case "strings":
                return self._from_strings(numbered)
            case "texts":
                return enumerate(self._from_texts(text), 1)
            case _:
                return numbered

    def _values(self, text: TextFile) -> Iterator[Any]:
        """The rows as they are written."""
        stream = JsonStream(text, self.source).enter(self.layout.path)
        if self.layout.several:
            yield from stream.values()
        elif self.layout.form == "entries":
            for _ in stream.members():
                yield stream.value()
        elif self.layout.form != "texts":
            yield from stream.items()
            if not self.layout.path:
                stream.end()

    def _from_lists(self, numbered: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
        names = self._names()
        for number, row in numbered:
            if not isinstance(row, list) or len(row) != len(names):
                found = f"a list of {len(row)}" if isinstance(row, list) else named(row)
                raise Problem(
                    f"expected a list of {len(names)} values like the first, found {found}",
                    where=place(self.source, self.unit, number),
                    mend=SHAPES,
                )
            if not (self.layout.header and number == 1):
                yield number, dict(zip(names, row, strict=True))

    def _from_groups(self, numbered: Iterable[tuple[int, Any]]) -> Iterator[dict[str, Any]]:
        texts, label = self.layout.names or ("", "")
        for number, record in numbered:
            if not isinstance(record, dict) or not isinstance(record.get(texts), list):
                raise Problem(
                    f"expected an object with a list {texts!r} like the first, found {named(record)}",
                    where=place(self.source, self.unit, number),
                    mend=SHAPES,
                )
            for each in record[texts]:
                yield {texts: each, label: record.get(label)}

    def _from_strings(self, numbered: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, text in numbered:
            if not isinstance(text, str):
                raise Problem(
                    f"expected a string like the first, found {named(text)}",
                    where=place(self.source, self.unit, number),
                    mend=SHAPES,
                )
            yield number, {"text": text}

    def _from_texts(self, text: TextFile) -> Iterator[dict[str, Any]]:
        stream = JsonStream(text, self.source).enter(self.layout.path)
        for label in stream.members():
            for each in stream.items():
                yield {"text": each, "label": label}


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


def _layout_of_lines(text: TextFile, source: str) -> Layout:
    """The layout of one value per line. A line that is not an object is found when it is read."""
    _, first = next(numbered_lines(text, source), (0, {}))
    is_row = isinstance(first, list) and len(first) > 1
    return _layout_of_first(first, source) if is_row else Layout("records")


def _tables(
    numbered: Iterable[tuple[int, dict[str, Any]]],
    rows: _Rows,
    progress: TextFile,
    columns: Sequence[str],
    size: ChunkSize,
) -> Iterator[Table]:
    """Tables of objects that come with their positions."""
    numbers: list[int] = []
    items: list[dict[str, Any]] = []
    chunk_start = 0

    def table() -> Table:
        cells: dict[str, list[Cell]] = {name: [item.get(name) for item in items] for name in columns}
        return Table(rows.source, cells, numbers, rows.unit, read_share=progress.share)

    for number, item in numbered:
        if not isinstance(item, dict):
            raise _no_object(item, place(rows.source, rows.unit, number))
        numbers.append(number)
        items.append(item)
        if len(items) == size.rows or progress.characters - chunk_start >= size.characters:
            yield table()
            numbers, items, chunk_start = [], [], progress.characters
    if items:
        yield table()


def _zipped(text: TextFile, source: str, layout: Layout, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
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


def _names(text: TextFile, source: str, layout: Layout) -> Iterator[str]:
    """The keys of the object that holds the columns."""
    stream = JsonStream(text, source).enter(layout.path)
    for key in stream.members():
        stream.value()
        yield key


def _keys(numbered: Iterable[tuple[int, Any]], rows: _Rows) -> list[str]:
    """The keys of all objects, in the order of first occurrence. They come with their positions.

    Raises:
        Problem: an item is not an object, or there are no keys or too many.
    """
    names: dict[str, None] = {}
    for number, item in numbered:
        if not isinstance(item, dict):
            raise _no_object(item, place(rows.source, rows.unit, number))
        if not item.keys() <= names.keys():
            names |= dict.fromkeys(item)
            where = place(rows.source, rows.unit, number)
            if len(names) > MAX_COLUMNS:
                raise Problem(
                    f"more than {MAX_COLUMNS:,} different keys up to here",
                    where=where,
                    mend="Give every object the same keys.",
                )
            check_column_names(list(item), where)
    if not names:
        raise Problem("no rows", where=rows.source, mend=SHAPES)
    return list(names)


def _no_object(item: Any, where: str) -> Problem:
    return Problem(f"expected an object, found {named(item)}", where=where, mend=SHAPES)


def _layout_of_object(text: TextFile, source: str, part: KeyPath) -> Layout:
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
