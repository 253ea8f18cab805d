"""Whether JSON stands on lines, and the values of the lines."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from core.data.formats.json.stream import JsonStream, not_json
from core.data.formats.text.text_file import TextFile
from core.problems import Problem

_FAST = msgspec.json.Decoder()


def has_lines(text: TextFile, source: str) -> bool:
    """Whether the first line is an object or list of its own, and another line follows.

    A list of rows is no row: several of them are read one after the other.
    """
    lines = _lines(text, source)
    try:
        first = next(lines, "")
        if not first.rstrip().endswith(("]", "}")) or not next(lines, ""):
            return False
        value = _parse(first)
        return isinstance(value, dict) or (isinstance(value, list) and not _holds_rows(value))
    except (ValueError, RecursionError, Problem):
        return False


def _holds_rows(value: list[Any]) -> bool:
    return all(isinstance(each, dict) for each in value) or (
        len(value) > 2 and all(isinstance(each, list) for each in value)
    )


def is_of_lines(text: TextFile, source: str) -> bool:
    """Whether a text named as JSON lines is. If not it is a list, or objects over several lines."""
    mark = JsonStream(text, source).peek()
    if mark == "[":
        return has_lines(text, source)
    if mark != "{":
        return True
    try:
        _parse(next(_lines(text, source), ""))
    except (ValueError, RecursionError):
        with contextlib.suppress(Problem):
            JsonStream(text, source).value()
            return False
    except Problem:
        pass  # a line that is too long; reported where it is read
    return True


def _lines(text: TextFile, source: str) -> Iterator[str]:
    """The lines that are not blank. JSON strings may contain other line separators than line feeds."""
    for lines in text.lines("\n", source):
        yield from (line for line in lines if not line.isspace())


def numbered_lines(text: TextFile, source: str) -> Iterator[tuple[int, Any]]:
    """The line number and value of each line that is not blank."""
    number = 0
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
