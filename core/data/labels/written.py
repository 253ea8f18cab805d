"""Lists and objects that are written as text, as pandas, numpy and databases write them to CSV."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from core.data.tables.table import Cell

_MAX_CHARACTERS = 100_000
# array(['joy'], dtype=object), tensor([0, 1], device='cpu'), frozenset({'joy'}), set(), c("joy", "love") of R
_CALL = re.compile(
    r"(?:np\.|numpy\.|torch\.)?(?:array|tensor(?=\(\s*\[)|list|tuple|set|frozenset|c)\((.*?)(?:,\s*\w+=[^\s,]+){0,3}\)",
    re.DOTALL,
)
_SCALAR = re.compile(r"\b(?:np|numpy)\.[a-z]\w*\(([^()]*)\)")  # np.int64(1), np.str_('joy')
# Brackets around each label: <joy><love>, [joy][love]. One alone may be another list, or a word.
_BRACKETED = (
    re.compile(r"<(?:(?!: )[^<>])+>(?:[\s,;|]*<[^<>]+>)*"),
    *(
        re.compile(
            rf"{opened}[^{opened}{closed},;]+{closed}(?:[\s,;|]*{opened}[^{opened}{closed},;]+{closed})+"
        )
        for opened, closed in ((r"\[", r"\]"), (r"\{", r"\}"), (r"\(", r"\)"), *("【】", "「」", "《》"))
    ),
)
_WITHIN_BRACKETS = re.compile(r"[<\[{(【「《]([^<>\[\]{}()【】「」《》]+)[>\]})】」》]")
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_QUOTED = r"""[uUbB]?"(?:[^"\\]|\\.)*"|[uUbB]?'(?:[^'\\]|\\.)*'"""
_TOKEN = re.compile(
    rf"\s*(?:(?P<quoted>{_QUOTED})|(?P<comma>[,;])|(?P<word>[^\s,;'\"\[\](){{}}]+))", re.DOTALL
)
_FLAG = r"(?:[01](?:\.0*)?|-1(?:\.0*)?|nan|NaN)"
_VECTOR = re.compile(rf"{_FLAG}(?:(?:\s*[,;|]\s*|\s+){_FLAG})+")
_FLAGS: dict[Cell, int] = {
    "0": 0, "1": 1, "0.": 0, "1.": 1, "0.0": 0, "1.0": 1, "-1": -1, "-1.": -1, "-1.0": -1, "-100": -1,
    "nan": -1, "NaN": -1, 0: 0, 1: 1, -1: -1, -100: -1, None: -1,
}  # fmt: skip
_BITS = frozenset((0, 1))
UNKNOWN = -1
"""In a vector: whether the text has the label is not known. Written as -1, -100, NaN or null."""
_SEPARATORS = re.compile(r"[\s,;|]+")


def read_list(text: str) -> tuple[Cell, ...] | None:
    """The items of a list in brackets, or None if `text` is no such list. The text is never executed.

    Reads JSON; lists, tuples and sets of Python; numpy's arrays, whose items are separated by spaces; items
    without quotes, as in `[joy, love]`; and labels in brackets each, as in `<joy><love>`.
    """
    return _read_list(text) if len(text) <= _MAX_CHARACTERS else None


def read_object(text: str) -> Mapping[str, Any] | None:
    """The object in `text`, as JSON or as Python writes it, or None if there is none."""
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}") and ":" in text and len(text) <= _MAX_CHARACTERS):
        return None
    found = _read_value(text)
    return found if isinstance(found, dict) and all(isinstance(key, str) for key in found) else None


def read_objects(text: str) -> list[Mapping[str, Any]] | None:
    """The objects of a list in `text`, as JSON or as Python writes it, or None if it is no such list."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]") and len(text) <= _MAX_CHARACTERS):
        return None
    found = _read_value(text)
    return found if isinstance(found, list) and all(isinstance(each, dict) for each in found) else None


def read_vector(text: str) -> tuple[int, ...] | None:
    """The zeros and ones in `text`, at least two, in brackets or not; or None."""
    listed = read_list(text)
    if listed is not None:
        return as_vector(listed)
    text = text.strip()
    return as_vector(_SEPARATORS.split(text)) if _VECTOR.fullmatch(text) else None


def as_vector(items: Sequence[Cell]) -> tuple[int, ...] | None:
    """The items as 0, 1 and `UNKNOWN`, or None if there are others, or fewer than two."""
    try:
        are_bits = _BITS.issuperset(items)  # as most are
    except TypeError:  # lists and objects
        return None
    if are_bits:
        return tuple(map(int, items)) if len(items) > 1 else None
    found = []
    for item in items:
        is_nan = isinstance(item, float) and item != item
        flag = UNKNOWN if is_nan else _FLAGS.get(item.strip() if isinstance(item, str) else item)
        if flag is None:
            return None
        found.append(flag)
    return tuple(found) if len(found) > 1 else None


@lru_cache(1 << 14)
def _read_list(text: str) -> tuple[Cell, ...] | None:
    text = _SCALAR.sub(r"\1", text.strip()) if "np." in text or "numpy." in text else text.strip()
    if "&lt;" in text:  # as in an XML dump
        text = text.replace("&lt;", "<").replace("&gt;", ">")
    if any(bracketed.fullmatch(text) for bracketed in _BRACKETED):
        return tuple(_value(_Word(item.strip())) for item in _WITHIN_BRACKETS.findall(text))
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
def _read_value(text: str) -> Any:
    """The value that JSON or Python writes as `text`; None if there is none. The text is never executed."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
