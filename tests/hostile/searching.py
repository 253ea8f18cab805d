"""Search the bytes sent to a terminal for escape codes that the program never writes."""

import re

from tests.hostile.payloads import SENTINEL

# Codes that the program never writes. It only moves the cursor and sets colours, modes and styles.
_ACTING: dict[str, re.Pattern[bytes]] = {
    "operating system command": re.compile(rb"\x1b\]"),
    "device control": re.compile(rb"\x1bP"),
    "other string": re.compile(rb"\x1b[X^_]"),
    "C1 control": re.compile(rb"\xc2[\x80-\x9f]"),
    "clearing": re.compile(rb"\x1b\[[23]J"),
    "hidden red": re.compile(rb"\x1b\[8;31m"),
    "question": re.compile(rb"\x1b\[0?c|\x1b\[6n|\x05"),
    "bell, backspace, shift": re.compile(rb"[\x07\x08\x0e\x0f\x0b\x0c]"),
    "nul": re.compile(rb"\0"),
    "delete": re.compile(rb"\x7f"),
    "surrogate": re.compile(rb"\xed[\xa0-\xbf]"),
}
_OWN = b"\x1b]22;default\x07"  # Textual sets the shape of the mouse pointer
_TURNS = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)]
_LINES = ["\u2028", "\u2029", "\u00ad", "\u2060", "\ufeff", "\U000e0041"]
_RUNNING_ON = re.compile(rb"\x1b[^a-zA-Z\x1b]*" + SENTINEL.encode())


def hits(raw: bytes) -> dict[str, int]:
    """Number of occurrences by kind; empty if there are none."""
    raw = raw.replace(_OWN, b"")
    found = {name: len(pattern.findall(raw)) for name, pattern in _ACTING.items()}
    found["bidirectional"] = sum(raw.count(character.encode()) for character in _TURNS)
    found["invisible"] = sum(raw.count(character.encode()) for character in _LINES)
    found["sequence of data"] = len(_RUNNING_ON.findall(raw))
    return {name: count for name, count in found.items() if count}
