"""Two texts that are classified together, as one string: `premise ||| hypothesis`.

Wherever a text goes such a string goes as well; what reads it takes it apart again.
"""

from typing import NamedTuple

from core.problems import Problem

SEPARATOR = "|||"


class TextPair(NamedTuple):
    """What stands before and behind the separator."""

    first: str
    second: str


def join(first: str, second: str) -> str:
    """Both as one string. A separator in the first one gets spaces between its signs."""
    return f"{first.replace(SEPARATOR, ' '.join(SEPARATOR))} {SEPARATOR} {second}"


def split(text: str) -> TextPair | None:
    """The two texts of which `text` is made; None where it has no separator.

    The first is how `text` begins, the second is how it ends.
    """
    first, found, second = text.partition(SEPARATOR)
    return TextPair(first.removesuffix(" "), second.removeprefix(" ")) if found else None


def require_pair(text: str) -> TextPair:
    """As `split`, of a text that has to be two.

    Raises:
        Problem: it is single.
    """
    found = split(text)
    if found is None:
        raise Problem(
            f"two texts are read together, and this is only one: {text[:60]!r}",
            mend=f"Write {SEPARATOR} between the first and the second.",
        )
    return found
