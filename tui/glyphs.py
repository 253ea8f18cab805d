"""ASCII in place of the characters that a terminal or encoding lacks, cell by cell, so that layouts hold."""

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
_BOX_DRAWING = range(0x2500, 0x2580)
_BRAILLE = range(0x2800, 0x2900)
# Bits of the braille dots of the left and the right column, from top to bottom.
_DOTS = (0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)


class AsciiGlyphs(dict[int, str]):
    """A table for `str.translate` that leaves what `encoding` has, except for characters to draw with.

    Those become ASCII in any encoding: in Chinese and Japanese ones they are two cells wide.
    """

    def __init__(self, encoding: str) -> None:
        super().__init__({code: chr(code) for code in range(0x80)})
        self._encoding = encoding

    def __missing__(self, code: int) -> str:
        character = chr(code)
        found = ascii_glyph(character)
        if found is None:
            found = character if _has(self._encoding, character) else "?" * cell_len(character)
        self[code] = found
        return found


def ascii_glyph(character: str) -> str | None:
    """ASCII for a character to draw with; None for any other."""
    code = ord(character)
    if code in _BOX_DRAWING:
        return _line(unicodedata.name(character))
    if code in _BRAILLE:
        return _dots(code - _BRAILLE.start)
    return _MARKS.get(character) or _BLOCKS.get(character)


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


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
