"""ASCII in place of the characters that a terminal or encoding lacks, cell by cell, so that layouts hold."""

import re
import unicodedata

from rich.cells import cell_len

# The points of charts differ from one another in ASCII, too.
_MARKS = {
    **dict(zip("●◇▲□◆○■△◌◐", "*x^%&o#A.@", strict=True)),
    **dict(zip("✓✗›»▸▶▾▼‖·•…", "vx>>>>vv=-*~", strict=True)),
    **dict(zip("←↑→↓⏎↵⌫", "<^>v$$<", strict=True)),
    **dict(zip("–—−×±⁺⁻°", "---x++- ", strict=True)),
    **dict(zip("⟨⟩⟪⟫«“”„‘’", '<>{}<"""\'\'', strict=True)),
    "🔎": "> ",
}
_BLOCKS = {
    **dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True)),
    **dict(zip("▀▔░▒▓", '"-.:#', strict=True)),
    **dict.fromkeys("▉▊▋▌▍▎▏▐▕", "|"),
    **dict.fromkeys("▖▗▘▙▚▛▜▝▞▟", "+"),
}
# Characters joined to one picture, whose width is not the sum of theirs.
_JOINED = re.compile(".(?:\ufe0f|\u200d.)+")
_BOX_DRAWING = range(0x2500, 0x2580)
_BRAILLE = range(0x2800, 0x2900)
# Bits of the braille dots of the left and the right column, from top to bottom.
_DOTS = (0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)


class AsciiGlyphs(dict[int, str]):
    """Replaces what `encoding` lacks, and characters to draw with, which become ASCII in any encoding.

    In Chinese and Japanese encodings those are two cells wide.
    """

    def __init__(self, encoding: str) -> None:
        super().__init__({code: chr(code) for code in range(0x80)})
        self._encoding = encoding

    def replace(self, text: str) -> str:
        """Return `text` with other characters of the same width."""
        if "\ufe0f" in text or "\u200d" in text:
            text = _JOINED.sub(lambda found: self._unless_encodable(found[0]), text)
        return text.translate(self)

    def __missing__(self, code: int) -> str:
        character = chr(code)
        found = ascii_glyph(character)
        if found is None:
            found = self._unless_encodable(character)
        self[code] = found
        return found

    def _unless_encodable(self, text: str) -> str:
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            return "?" * cell_len(text)
        return text


def ascii_glyph(character: str) -> str | None:
    """ASCII for a character to draw with; None for any other."""
    code = ord(character)
    if code in _BOX_DRAWING:
        return _line(unicodedata.name(character))
    if code in _BRAILLE:
        return _dots(code - _BRAILLE.start)
    return _MARKS.get(character) or _BLOCKS.get(character)


def _line(name: str) -> str:
    """A line, a corner or a crossing, by the name of a box-drawing character."""
    if "DIAGONAL" in name:
        return "X" if "CROSS" in name else "/" if "UPPER RIGHT" in name else "\\"
    is_level = any(word in name for word in ("LEFT", "RIGHT", "HORIZONTAL"))
    is_upright = any(word in name for word in ("UP", "DOWN", "VERTICAL"))
    if is_level and is_upright:
        return "+"
    if is_upright:
        return ":" if "DASH" in name else "|"
    return "=" if "HEAVY" in name or "DOUBLE" in name else "-"


def _dots(bits: int) -> str:
    """The character that looks most like a pattern of braille dots."""
    left, right = ([row for row, bit in enumerate(column) if bits & bit] for column in _DOTS)
    rows = left + right
    if not rows:
        return " "
    if len(rows) > 5:
        return "#"
    if left and right:
        rise = sum(left) / len(left) - sum(right) / len(right)
        if abs(rise) >= 1:
            return "/" if rise > 0 else "\\"
    if max(rows) - min(rows) > 1:
        return ":" if left and right else "|"
    middle = sum(rows) / len(rows)
    return "'" if middle < 0.75 else "-" if middle <= 2 else "_"
