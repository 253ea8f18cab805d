"""What of a text was not read, in words and between marks that need no colour."""

from typing import NamedTuple

from core.protocol import Explanation, Prediction
from core.text.plain import plain

OPENING, CLOSING = "⟪", "⟫"
# Of what is read around a part, so many characters are shown at most.
_AROUND = 16


class Excerpt(NamedTuple):
    """A part between its marks, and a little of what is read before and behind it."""

    before: str
    part: str
    behind: str


def told(item: Prediction | Explanation) -> str:
    """How much was not read."""
    return f"not read: {item.unread_tokens:,} of {item.tokens:,} tokens"


def excerpt(text: str, start: int, end: int, width: int) -> Excerpt:
    """The part of `text` from `start` to before `end`, with … in place of what is too much for `width`."""
    around = min(_AROUND, width // 6)
    before, part, behind = text[max(0, start - around) : start], text[start:end], text[end : end + around]
    most = width - 2 * around - 8  # beside marks and dots
    dots = "…" * (start > around), "…" * (end + around < len(text))
    return Excerpt(plain(dots[0] + before), marked(part, most), plain(behind + dots[1]))


def marked(part: str, most: int) -> str:
    """A part between its marks, with … in place of its middle where it is longer than about `most`."""
    half = max(1, most // 2)
    if len(part) > 2 * half + 3:
        part = f"{part[:half]} … {part[-half:]}"
    return plain(f"{OPENING}{part}{CLOSING}")
