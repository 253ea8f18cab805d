"""JSON and JSON lines: text to tables."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from core.data.decoding import LONGEST_LINE, TextFile
from core.data.json_stream import JsonStream, not_json, too_large
from core.data.names import MOST_COLUMNS, check_names
from core.data.table import Cell, ChunkSize, Table, place
from core.problems import Problem

_SHAPES = 'Write a list of objects, [{"text": "…", "label": "…"}, …], or one object a line as .jsonl.'
_FAST = msgspec.json.Decoder()


def parse_json(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read a list of objects, an object of lists, or `{"data": …}` with either; also JSON lines.

    A list is read item by item. An object is in memory as a whole, and may not be large.

    Raises:
        Problem: it is not JSON (with the line), of another shape, or too large for its shape.
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
        found = _names(((item, place(source, "row", row)) for row, item in enumerate(content, 1)), source)
    elif isinstance(content, dict) and content and all(isinstance(cells, list) for cells in content.values()):
        total = _length(content, source)
        found = list(content)
        check_names(found, source)
    else:
        raise Problem(
            f"the JSON is {_kind(content)}, not a list of objects or an object of lists",
            where=source,
            mend=_SHAPES,
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
    """Read a list of objects; without `columns` twice, as JSON lines are."""
    if columns is None:
        items = enumerate(JsonStream(text, source).items(), 1)
        columns = _names(((item, place(source, "row", row)) for row, item in items), source)
    numbered = enumerate(JsonStream(text, source).items(), 1)
    yield from _tables(numbered, "row", text, source, columns, size)


def parse_json_lines(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read one object a line; blank lines are passed over.

    Without `columns` it is read twice, because the last row may have a key that no other has.

    Raises:
        Problem: a line is not a JSON object; with its line.
    """
    if columns is None:
        columns = _names(((item, place(source, "line", line)) for line, item in _items(text, source)), source)
    yield from _tables(_items(text, source), "line", text, source, columns, size)


def _tables(
    numbered: Iterable[tuple[int, Any]],
    unit: Literal["line", "row"],
    text: TextFile,
    source: str,
    columns: Sequence[str],
    size: ChunkSize,
) -> Iterator[Table]:
    """Objects, which come with their numbers, as tables."""
    numbers: list[int] = []
    items: list[Any] = []
    begun = 0

    def table() -> Table:
        cells: dict[str, list[Cell]] = {name: [item.get(name) for item in items] for name in columns}
        return Table(source, cells, numbers, unit, read_share=text.share)

    for number, item in numbered:
        numbers.append(number)
        items.append(item)
        if len(items) == size.rows or text.characters - begun >= size.characters:
            yield table()
            numbers, items, begun = [], [], text.characters
    if items:
        yield table()


def _load(text: TextFile, source: str) -> tuple[Any, bool]:
    """The content of a JSON file that is no list, or that it holds JSON lines."""
    whole = text.start(LONGEST_LINE + 1)
    if len(whole) > LONGEST_LINE:
        line, end, _ = whole.lstrip().partition("\n")
        if end and _is_object(line):
            return None, True
        raise too_large("JSON of this shape", source)
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
        return isinstance(_parsed(line), dict)
    except (ValueError, RecursionError):
        return False


def _items(text: TextFile, source: str) -> Iterator[tuple[int, Any]]:
    """Each line that is not blank: its number and what is in it."""
    number = 0
    # Only line feeds end a line here: JSON strings may hold other line separators as they are.
    for lines in text.lines("\n", source):
        for line in lines:
            number += 1
            if line.isspace():
                continue
            try:
                yield number, _parsed(line)
            except (ValueError, RecursionError) as error:
                raise not_json(error, source, number) from None


def _parsed(line: str) -> Any:
    try:
        return _FAST.decode(line)
    except (ValueError, RecursionError):
        return json.loads(line)  # knows NaN and half characters too, and says best what is wrong


def _names(items: Iterable[tuple[Any, str]], source: str) -> list[str]:
    """The keys of all objects, in the order in which they are found; items come with their places.

    Raises:
        Problem: an item is no object, or there are no keys, or more than a table has columns.
    """
    names: dict[str, None] = {}
    for item, where in items:
        if not isinstance(item, dict):
            raise Problem(f"there is {_kind(item)} where an object is expected", where=where, mend=_SHAPES)
        if not item.keys() <= names.keys():
            names |= dict.fromkeys(item)
            if len(names) > MOST_COLUMNS:
                raise Problem(
                    f"there are more than {MOST_COLUMNS:,} different keys up to here",
                    where=where,
                    mend="Give every object the same keys.",
                )
            check_names(list(item), where)
    if not names:
        raise Problem("there are no rows", where=source, mend=_SHAPES)
    return list(names)


def _length(columns: dict[str, list[Cell]], source: str) -> int:
    sizes = {name: len(cells) for name, cells in columns.items()}
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{name!r} has {size}" for name, size in sizes.items())
        raise Problem(f"the lists differ in length: {found}", where=source, mend="Make them equally long.")
    rows = next(iter(sizes.values()))
    if not rows:
        raise Problem("there are no rows", where=source, mend=_SHAPES)
    return rows


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
