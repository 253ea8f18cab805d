"""JSON and JSON lines: text to a table."""

import json
from typing import Any

from core.data.table import Cell, Table
from core.problems import Problem

_SHAPES = 'Write a list of objects, [{"text": "…", "label": "…"}, …], or one object a line as .jsonl.'


def parse_json(text: str, source: str) -> Table:
    """Read a list of objects, an object of lists, or `{"data": …}` with either; also JSON lines.

    Raises:
        Problem: it is not JSON (with the line), or of another shape.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text.lstrip().startswith("{"):
            return parse_json_lines(text, source)
        raise _not_json(error, source, error.lineno) from None
    except (ValueError, RecursionError) as error:
        raise _not_json(error, source, None) from None
    if isinstance(content, dict) and isinstance(content.get("data"), list | dict):
        content = content["data"]
    if isinstance(content, list):
        return _from_objects(content, list(range(1, len(content) + 1)), source, "row")
    if isinstance(content, dict) and content and all(isinstance(cells, list) for cells in content.values()):
        return _from_columns(content, source)
    raise Problem(
        f"the JSON is {_kind(content)}, not a list of objects or an object of lists",
        where=source,
        mend=_SHAPES,
    )


def parse_json_lines(text: str, source: str) -> Table:
    """Read one object a line; blank lines are passed over.

    Raises:
        Problem: a line is not a JSON object; with its line.
    """
    objects, lines = [], []
    # Only line feeds end a line here: JSON strings may hold other line separators as they are.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            objects.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise _not_json(error, source, number) from None
        lines.append(number)
    return _from_objects(objects, lines, source, "line")


def _from_objects(objects: list[Any], lines: list[int], source: str, unit: Any) -> Table:
    names: dict[str, None] = {}
    for line, item in zip(lines, objects, strict=True):
        if not isinstance(item, dict):
            raise Problem(
                f"there is {_kind(item)} where an object is expected",
                where=f"{source}, {unit} {line}",
                mend=_SHAPES,
            )
        names |= dict.fromkeys(item)
    if not names:
        raise Problem("there are no rows", where=source, mend=_SHAPES)
    return Table(source, {name: [item.get(name) for item in objects] for name in names}, lines, unit)


def _from_columns(columns: dict[str, list[Cell]], source: str) -> Table:
    sizes = {name: len(cells) for name, cells in columns.items()}
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{name!r} has {size}" for name, size in sizes.items())
        raise Problem(f"the lists differ in length: {found}", where=source, mend="Make them equally long.")
    rows = next(iter(sizes.values()))
    if not rows:
        raise Problem("there are no rows", where=source, mend=_SHAPES)
    return Table(source, columns, list(range(1, rows + 1)), "row")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _not_json(error: Exception, source: str, line: int | None) -> Problem:
    reason = {
        json.JSONDecodeError: getattr(error, "msg", ""),
        RecursionError: "nested too deeply",
    }.get(type(error), "a number is too long")
    return Problem(
        f"this is not JSON ({reason})",
        where=f"{source}, line {line}" if line else source,
        mend="A .json file holds one list of objects, a .jsonl file one object a line.",
    )
