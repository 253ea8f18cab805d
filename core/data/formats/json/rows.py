"""JSON and JSON lines: text → tables."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.data.formats.json.columns import names_of_columns, zipped
from core.data.formats.json.detection import layout_of_lines, layout_of_text
from core.data.formats.json.layout import Layout, splits_of
from core.data.formats.json.layout import Path as KeyPath
from core.data.formats.json.lines import has_lines, is_of_lines, numbered_lines
from core.data.formats.json.outline import named, outline
from core.data.formats.json.stream import SHAPES, JsonStream
from core.data.formats.text.text_file import TextFile
from core.data.tables.table import (
    MAX_COLUMNS,
    Cell,
    ChunkSize,
    RowWarning,
    Table,
    Unit,
    assumption,
    check_column_names,
    place,
)
from core.problems import Problem

_NEXT_LIST = "{place}: another list follows the first, {count} in all. The rows of all lists are read."
_NO_TEXTS = "{place}: a label without texts, {count} in all; skipped."


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
        layout = layout_of_lines(text, source)
        said = assumption("one row per line", "each line is a value of its own")
        layout = replace(layout, said=(*layout.said, said))
        yield from _Rows(text, source, layout, "line").tables(columns, size)
        return
    if not mark or mark not in "[{":
        value = JsonStream(text, source).value()
        raise Problem(f"the JSON is {named(value)}, not a list of objects", where=source, mend=SHAPES)
    yield from _Rows(text, source, layout_of_text(text, source, part), "row").tables(columns, size)


def parse_json_lines(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read one object per line. Blank lines are skipped. JSON of another form is accepted too.

    Without `columns` the text is read twice, because only the last row may have a certain key.

    Raises:
        Problem: a line is not a JSON object; with its line.
    """
    if is_of_lines(text, source):
        layout = layout_of_lines(text, source)
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
    warnings: list[RowWarning] = field(default_factory=list)
    """Of the rows since the last table."""

    def tables(self, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
        """All rows, as tables.

        Raises:
            Problem: a row is of another form than the first, or there are none.
        """
        layout, said = self.layout, list(self.layout.said)
        if columns is None and layout.form == "columns":
            columns = list(names_of_columns(self.text, self.source, layout))
            check_column_names(columns, self.source)
        elif columns is None and layout.form == "rows":
            columns = self._names()
            check_column_names(columns, self.source)
        elif columns is None and layout.names is not None:
            columns = list(layout.names)
        elif columns is None:
            columns = _keys(self._items(None, self.text), self)
            self.warnings.clear()
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
                return enumerate(zipped(text, self.source, self.layout, columns or ()), 1)
            case "rows":
                return self._from_lists(numbered)
            case "groups":
                return enumerate(self._from_groups(numbered), 1)
            case "strings":
                return self._from_strings(numbered)
            case "texts" | "classes":
                return enumerate(self._from_labels(text), 1)
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
        elif self.layout.form not in ("texts", "classes"):
            yield from self._lists(stream)

    def _lists(self, stream: JsonStream) -> Iterator[Any]:
        """The rows of a list, and of lists that follow it."""
        count = 0
        while True:
            for value in stream.items():
                count += 1
                yield value
            if self.layout.path:
                return
            if stream.peek() != "[":
                stream.end()
                return
            self.warnings.append(RowWarning(_NEXT_LIST, place(self.source, self.unit, count + 1)))

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
            if not record[texts]:
                self.warnings.append(RowWarning(_NO_TEXTS, place(self.source, self.unit, number)))
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

    def _from_labels(self, text: TextFile) -> Iterator[dict[str, Any]]:
        """The texts or objects in the list of each key, which is their label."""
        stream = JsonStream(text, self.source).enter(self.layout.path)
        has_objects = self.layout.form == "classes"
        for label in stream.members():
            for each in stream.items():
                if has_objects and not isinstance(each, dict):
                    raise _no_object(each, f"{self.source}, {label!r}")
                yield (each if has_objects else {"text": each}) | {"label": label}


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
        warnings, rows.warnings[:] = rows.warnings[:], []
        return Table(rows.source, cells, numbers, rows.unit, warnings=warnings, read_share=progress.share)

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
