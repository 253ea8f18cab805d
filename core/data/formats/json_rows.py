"""JSON and JSON lines: text → tables."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from core.data.formats.json_stream import SHAPES, JsonStream, not_json, too_large
from core.data.formats.text_file import LONGEST_LINE, TextFile
from core.data.table import MAX_COLUMNS, Cell, ChunkSize, Table, Unit, check_column_names, place
from core.problems import Problem

_FAST = msgspec.json.Decoder()


def parse_json(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read a list of objects, an object of lists, or `{"data": …}` with either. JSON lines are accepted too.

    A list of any length is streamed. An object is read into memory, up to `LONGEST_LINE` characters.

    Raises:
        Problem: invalid JSON (with the line), another structure, or an object that is too large.
    """
    if JsonStream(text, source).peek() == "[":
        yield from _parse_list(text, source, columns, size)
        return
    content, is_lines = _load(text, source)
    if is_lines:
        yield from parse_json_lines(text, source, columns, size)
        return
    if isinstance(content, dict) and isinstance(content.get("data"), list | dict):
        content = content["data"]
    if isinstance(content, list):
        total = len(content)
        found = _keys(((item, place(source, "row", row)) for row, item in enumerate(content, 1)), source)
    elif isinstance(content, dict) and content and all(isinstance(cells, list) for cells in content.values()):
        total = _common_length(content, source)
        found = list(content)
        check_column_names(found, source)
    else:
        raise Problem(
            f"the JSON is {_type_name(content)}, not a list of objects or an object of lists",
            where=source,
            mend=SHAPES,
        )
    for start in range(0, total, size.rows):
        rows = range(start + 1, min(total, start + size.rows) + 1)
        part = slice(start, rows.stop - 1)
        cells: dict[str, list[Cell]] = {
            name: [item.get(name) for item in content[part]]
            if isinstance(content, list)
            else content[name][part]
            for name in (found if columns is None else columns)
        }
        yield Table(source, cells, rows, "row", read_share=(rows.stop - 1) / total)


def _parse_list(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Stream a list of objects; without `columns` twice, as JSON lines."""
    if columns is None:
        items = enumerate(JsonStream(text, source).items(), 1)
        columns = _keys(((item, place(source, "row", row)) for row, item in items), source)
    numbered = enumerate(JsonStream(text, source).items(), 1)
    yield from _tables(numbered, "row", text, source, columns, size)


def parse_json_lines(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read one object per line. Blank lines are skipped.

    Without `columns` the text is read twice, because only the last row may have a certain key.

    Raises:
        Problem: a line is not a JSON object; with its line.
    """
    if columns is None:
        columns = _keys(((item, place(source, "line", line)) for line, item in _items(text, source)), source)
    yield from _tables(_items(text, source), "line", text, source, columns, size)


def _tables(
    numbered: Iterable[tuple[int, Any]],
    unit: Unit,
    text: TextFile,
    source: str,
    columns: Sequence[str],
    size: ChunkSize,
) -> Iterator[Table]:
    """Tables of objects that come with their positions."""
    numbers: list[int] = []
    items: list[Any] = []
    chunk_start = 0

    def table() -> Table:
        cells: dict[str, list[Cell]] = {name: [item.get(name) for item in items] for name in columns}
        return Table(source, cells, numbers, unit, read_share=text.share)

    for number, item in numbered:
        numbers.append(number)
        items.append(item)
        if len(items) == size.rows or text.characters - chunk_start >= size.characters:
            yield table()
            numbers, items, chunk_start = [], [], text.characters
    if items:
        yield table()


def _load(text: TextFile, source: str) -> tuple[Any, bool]:
    """The content of a JSON file that is not a list, and whether the file is JSON lines instead."""
    whole = text.start(LONGEST_LINE + 1)
    if len(whole) > LONGEST_LINE:
        line, end, _ = whole.lstrip().partition("\n")
        if end and _is_object(line):
            return None, True
        raise too_large("JSON object", source)
    try:
        return json.loads(whole), False
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and whole.lstrip().startswith("{"):
            return None, True
        raise not_json(error, source, error.lineno) from None
    except (ValueError, RecursionError) as error:
        raise not_json(error, source, None) from None


def _is_object(line: str) -> bool:
    try:
        return isinstance(_parse(line), dict)
    except (ValueError, RecursionError):
        return False


def _items(text: TextFile, source: str) -> Iterator[tuple[int, Any]]:
    """The line number and value of each line that is not blank."""
    number = 0
    # Split at line feeds only: JSON strings may contain other line separators unescaped.
    for lines in text.lines("\n", source):
        for line in lines:
            number += 1
            if line.isspace():
                continue
            try:
                yield number, _parse(line)
            except (ValueError, RecursionError) as error:
                raise not_json(error, source, number) from None


def _parse(line: str) -> Any:
    try:
        return _FAST.decode(line)
    except (ValueError, RecursionError):
        return json.loads(line)  # accepts NaN and lone surrogates, and has the better error messages


def _keys(items: Iterable[tuple[Any, str]], source: str) -> list[str]:
    """The keys of all objects, in the order of first occurrence. Items come with their places.

    Raises:
        Problem: an item is not an object, or there are no keys or too many.
    """
    names: dict[str, None] = {}
    for item, where in items:
        if not isinstance(item, dict):
            raise Problem(f"expected an object, found {_type_name(item)}", where=where, mend=SHAPES)
        if not item.keys() <= names.keys():
            names |= dict.fromkeys(item)
            if len(names) > MAX_COLUMNS:
                raise Problem(
                    f"more than {MAX_COLUMNS:,} different keys up to here",
                    where=where,
                    mend="Give every object the same keys.",
                )
            check_column_names(list(item), where)
    if not names:
        raise Problem("no rows", where=source, mend=SHAPES)
    return list(names)


def _common_length(columns: dict[str, list[Cell]], source: str) -> int:
    sizes = {name: len(cells) for name, cells in columns.items()}
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{name!r} has {size}" for name, size in sizes.items())
        raise Problem(f"the lists differ in length: {found}", where=source, mend="Give them the same length.")
    rows = next(iter(sizes.values()))
    if not rows:
        raise Problem("no rows", where=source, mend=SHAPES)
    return rows


def _type_name(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
