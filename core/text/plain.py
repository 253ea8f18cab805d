"""Text for display: control characters made visible, names quoted, long text shortened.

Text from files, labels, logs and errors is data, never markup or escape codes.
"""

import shlex
import unicodedata

# Zero-width joiners are needed for some scripts and emoji, and are harmless on a screen.
_JOINERS = "\u200c\u200d"
_BREAKS = "\n\r\u0085\u2028\u2029"


def plain(text: str) -> str:
    """Return `text` on one line, with everything that a terminal could act on made visible.

    Control characters become their pictures (␛, ␀), line ends ↵, tabs a space; bidirectional overrides, other
    format characters and lone surrogates become their code point (⟨U+202E⟩).
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text.replace("\r\n", "\n")))


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character in _BREAKS:
        return "↵"
    if character == "\t":
        return " "
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    match unicodedata.category(character):
        case "Zs":
            return " "
        case "Co" | "Cn":
            return character
        case _:
            return f"⟨U+{code:04X}⟩"


def quoted(values: list[str], limit: int = 20) -> str:
    """Names for a sentence: quoted and escaped, each shortened, at most `limit` of them."""
    shown = ", ".join(repr(shortened(value, 60)) for value in values[:limit])
    return f"{shown} and {len(values) - limit} more" if len(values) > limit else shown


def as_argument(value: str) -> str:
    """The value of an option as it is typed in a shell, in quotes where it ends in punctuation."""
    typed = shlex.quote(value)
    return typed if typed != value or value[-1:].isalnum() else f"'{value}'"


def shortened(text: str, limit: int) -> str:
    """Cut `text` to at most `limit` characters, the last an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
