"""Text pairs: two texts that are classified together, joined to one string, `premise ||| hypothesis`.

A text pair is passed around as one string like any text, and split where it is tokenized.
"""

from typing import NamedTuple

from core.problems import Problem

SEPARATOR = "|||"


class TextPair(NamedTuple):
    """Two texts that are classified together."""

    first: str
    second: str


def join(first: str, second: str) -> str:
    """Join two texts. A separator within the first is broken up by spaces."""
    return f"{first.replace(SEPARATOR, ' '.join(SEPARATOR))} {SEPARATOR} {second}"


def split(text: str) -> TextPair | None:
    """Split a joined text pair; None if there is no separator.

    The first text is a prefix of `text`, the second a suffix.
    """
    first, found, second = text.partition(SEPARATOR)
    return TextPair(first.removesuffix(" "), second.removeprefix(" ")) if found else None


def require_pair(text: str) -> TextPair:
    """Split a text that must be a pair.

    Raises:
        Problem: it has no separator.
    """
    found = split(text)
    if found is None:
        raise Problem(
            f"the model needs text pairs, but this is a single text: {text[:60]!r}",
            mend=f"Write {SEPARATOR} between the two texts.",
        )
    return found
