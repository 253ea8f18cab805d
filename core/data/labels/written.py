"""Lists and objects that are written as text, as pandas, numpy and databases write them to CSV."""

import ast
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from core.data.table import Cell

_MAX_CHARACTERS = 100_000
# array(['joy'], dtype=object), frozenset({'joy'}), set(), c("joy", "love") of R
_CALL = re.compile(r"(?:np\.)?(?:array|list|tuple|set|frozenset|c)\((.*?)(?:,\s*dtype=\S+)?\)", re.DOTALL)
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_QUOTED = r"""[uUbB]?"(?:[^"\\]|\\.)*"|[uUbB]?'(?:[^'\\]|\\.)*'"""
_TOKEN = re.compile(
    rf"\s*(?:(?P<quoted>{_QUOTED})|(?P<comma>[,;])|(?P<word>[^\s,;'\"\[\](){{}}]+))", re.DOTALL
)
_VECTOR = re.compile(r"[01](?:\.0*)?(?:(?:\s*[,;|]\s*|\s+)[01](?:\.0*)?)+")
_SEPARATORS = re.compile(r"[\s,;|]+")


def read_list(text: str) -> tuple[Cell, ...] | None:
    """The items of a list in brackets, or None if `text` is no such list. The text is never executed.

    Reads JSON; lists, tuples and sets of Python; numpy's arrays, whose items are separated by spaces; items
    without quotes, as in `[joy, love]`.
    """
    return _read_list(text) if len(text) <= _MAX_CHARACTERS else None


def read_object(text: str) -> Mapping[str, Any] | None:
    """The object in `text`, as JSON or as Python writes it, or None if there is none."""
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}") and ":" in text and len(text) <= _MAX_CHARACTERS):
        return None
    return _read_object(text)


def read_vector(text: str) -> tuple[int, ...] | None:
    """The zeros and ones in `text`, at least two, in brackets or not; or None."""
    listed = read_list(text)
    if listed is not None:
        return as_vector(listed)
    text = text.strip()
    if not _VECTOR.fullmatch(text):
        return None
    return tuple(int(float(part)) for part in _SEPARATORS.split(text))


def as_vector(items: tuple[Cell, ...] | list[Cell]) -> tuple[int, ...] | None:
    """The items as zeros and ones, or None if there are others, or fewer than two."""
    found = []
    for item in items:
        if isinstance(item, str):
            item = {"0": 0, "1": 1, "0.": 0, "1.": 1, "0.0": 0, "1.0": 1}.get(item.strip())
        if not isinstance(item, int | float) or item not in (0, 1):
            return None
        found.append(int(item))
    return tuple(found) if len(found) > 1 else None


@lru_cache(1 << 14)
def _read_list(text: str) -> tuple[Cell, ...] | None:
    text = text.strip()
    if call := _CALL.fullmatch(text):
        inner = call[1].strip()
        if not inner:
            return ()
        text = inner if inner[0] in _CLOSING else f"({inner})"
    if len(text) < 2 or _CLOSING.get(text[0]) != text[-1]:
        return None
    if text[0] == "[":
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            return tuple(found)
    # An object, as in {"label": "joy"}, is not a set.
    if text[0] == "{" and ":" in re.sub(_QUOTED, "", text):
        return None
    items = _items(text[1:-1])
    # A word in parentheses, as in (other), is not a list.
    if text[0] == "(" and items == (text[1:-1].strip(),) and isinstance(items[0], str):
        return None
    return items


def _items(text: str) -> tuple[Cell, ...] | None:
    """The items between brackets, or None if they cannot be told apart."""
    text = text.strip()
    segments: list[list[Cell]] = [[]]  # between commas
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None or token["word"] == "...":
            return None
        place = token.end()
        if token["comma"]:
            segments.append([])
        else:
            segments[-1].append(_unquoted(token["quoted"]) if token["quoted"] else _Word(token["word"]))
    if len(segments) > 1 and not segments[-1]:
        segments.pop()  # (1,)
    if len(segments) == 1:
        return tuple(map(_value, segments[0]))
    # Words between two commas are one item: [New York, Paris].
    if any(len(items) > 1 and not all(isinstance(item, _Word) for item in items) for items in segments):
        return None
    return tuple(_value(items[0] if len(items) == 1 else _Word(" ".join(items))) for items in segments)


class _Word(str):
    """An item without quotes: a number, a constant or a word."""


def _unquoted(token: str) -> Cell:
    try:
        value = ast.literal_eval(token)
    except (ValueError, SyntaxError):  # an escape that Python does not have
        return token.lstrip("uUbB")[1:-1]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _value(item: Cell) -> Cell:
    if not isinstance(item, _Word):
        return item
    if item in ("None", "nan", "NaN", "null", "NULL"):
        return None
    if item in ("True", "False"):
        return item == "True"
    if re.fullmatch(r"-?\d{1,18}", item):
        return int(item)
    return float(item) if re.fullmatch(r"-?\d{1,18}\.\d*", item) else str(item)


@lru_cache(1 << 14)
def _read_object(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    return found if isinstance(found, dict) and all(isinstance(key, str) for key in found) else None
