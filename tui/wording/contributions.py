"""What the words of a text contribute to its label, in pieces that can be read without colour."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.protocol import Explanation
from core.text.plain import plain
from tui.wording.unread import marked

# Shares of the largest contribution from which a word is marked with one sign, and with two.
_SOME, _MUCH = 0.2, 0.5
_SIGNS = {-2: "⁻⁻", -1: "⁻", 0: "", 1: "⁺", 2: "⁺⁺"}
# So many words are named for the label, and as many against it.
_NAMED = 4
_LONGEST = 24
# So many characters of a part that was not read are shown.
_MOST_UNREAD = 200


class Piece(NamedTuple):
    """Some of the text, with its signs behind it, and what it contributes: 0 where that is little."""

    text: str
    strength: int
    """From -2, much against the label, to 2, much for it."""
    is_read: bool = True


def pieces(text: str, found: Explanation) -> list[Piece]:
    """The whole text in its order, what was not read of it between marks; of a long part its ends."""
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
    """What stands between two words: spaces, and what was not read."""
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
        words = [word for word in ranked if word.contribution * sign >= 0.005][:_NAMED]
        named = [
            f"{plain(text[word.start : word.end])[:_LONGEST]} {signed(word.contribution)}" for word in words
        ]
        sides.append(f"{name}: {', '.join(named) or 'nothing'}")
    return " · ".join(sides)


def signed(value: float) -> str:
    """A contribution with its sign and two digits."""
    return f"{value:+.2f}".replace("-", "−")


def heading(found: Explanation) -> str:
    """What is explained, and from where the words had to bring it."""
    return (
        f"why {plain(found.label)} {found.probability:.2f}, {found.empty_probability:.2f} for no text · "
        f"{found.which} @{found.step}"
    )


def _strength(contribution: float, largest: float) -> int:
    size = abs(contribution)
    if not largest or size < _SOME * largest:
        return 0
    return (2 if size >= _MUCH * largest else 1) * (1 if contribution > 0 else -1)
