"""The contribution of each word to a label, marked so that it can be read without colour."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.protocol import Explanation
from core.text.plain import plain
from tui.wording.prediction import marked

# A word gets one sign from this share of the largest contribution on, and two from the second share on.
_SOME, _MUCH = 0.2, 0.5
_SIGNS = {-2: "⁻⁻", -1: "⁻", 0: "", 1: "⁺", 2: "⁺⁺"}
SIGNS_EXPLAINED = "⁺ for the label, ⁺⁺ strongly for it; ⁻ against it, ⁻⁻ strongly against it"
# Most words that a summary names for the label, and against it.
_MOST_NAMED = 4
_LONGEST_WORD = 24
# Most characters shown of a part that was not read.
_MOST_UNREAD = 200


class Piece(NamedTuple):
    """A part of the text with its signs, and the strength of its contribution."""

    text: str
    strength: int
    """-2 (much against the label) to 2 (much for it)."""
    is_read: bool = True


def pieces(text: str, found: Explanation) -> list[Piece]:
    """The whole text in order. Parts that were not read stand between marks; long ones are shortened."""
    parts: list[Piece] = []
    largest = max((abs(word.contribution) for word in found.words), default=0.0)
    end = 0
    for word in found.words:
        strength = _strength(word.contribution, largest)
        parts += _between(text, end, word.start, found.unread)
        parts.append(Piece(plain(text[word.start : word.end]) + _SIGNS[strength], strength))
        end = word.end
    parts += _between(text, end, len(text), found.unread)
    return [part for part in parts if part.text]


def _between(text: str, start: int, end: int, unread: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """The spaces and unread parts between two words."""
    for first, last in unread:
        first, last = max(first, start), min(last, end)
        if first < last:
            yield Piece(plain(text[start:first]), 0)
            yield Piece(marked(text[first:last], _MOST_UNREAD), 0, is_read=False)
            start = last
    yield Piece(plain(text[start:end]), 0)


def summary(text: str, found: Explanation) -> str:
    """The words that contribute most: `for: loved +0.42, every +0.11 · against: thin −0.30`."""
    ranked = sorted(found.words, key=lambda word: -abs(word.contribution))
    sides = []
    for name, sign in (("for", 1), ("against", -1)):
        words = [word for word in ranked if word.contribution * sign >= 0.005][:_MOST_NAMED]
        named = [
            f"{plain(text[word.start : word.end])[:_LONGEST_WORD]} {signed(word.contribution)}"
            for word in words
        ]
        sides.append(f"{name}: {', '.join(named) or 'nothing'}")
    return " · ".join(sides)


def signed(value: float) -> str:
    """A contribution with its sign and two decimals."""
    return f"{value:+.2f}".replace("-", "−")


def heading(found: Explanation) -> str:
    """The label with its probability, that of an empty text, and the checkpoint."""
    return (
        f"{plain(found.label)}: probability {found.probability:.2f} "
        f"({found.empty_probability:.2f} for an empty text) · "
        f"{found.which} @{found.step}"
    )


def _strength(contribution: float, largest: float) -> int:
    size = abs(contribution)
    if not largest or size < _SOME * largest:
        return 0
    return (2 if size >= _MUCH * largest else 1) * (1 if contribution > 0 else -1)
