"""Words of a text as people read them: the tokens that belong together, and the characters they are from."""

from dataclasses import dataclass
from typing import Self

from core.encoding.encoder import Traced


@dataclass(frozen=True)
class Word:
    """Tokens in a row.

    Attributes:
        start: first character in the text.
        end: the character behind the last.
        tokens: their places among the tokens of the text.
    """

    start: int
    end: int
    tokens: tuple[int, ...]

    @property
    def is_blank(self) -> bool:
        """Whether it stands for no character."""
        return self.start == self.end

    def joined(self, later: Self) -> Self:
        """Both as one word."""
        tokens = self.tokens + later.tokens
        if self.is_blank or later.is_blank:
            seen = self if later.is_blank else later
            return type(self)(seen.start, seen.end, tokens)
        return type(self)(min(self.start, later.start), max(self.end, later.end), tokens)


def words_of(text: str, traced: Traced) -> list[Word]:
    """The words that the tokens of `text` make up, in their order.

    No two share characters, none begins or ends with a space, and each token of the text is in one of them:
    one that stands for nothing but spaces goes with the word behind it, at the end with the one before.
    """
    words: list[Word] = []
    latest = -1
    for token, ((start, end), number) in enumerate(zip(traced.spans, traced.words, strict=True)):
        if number is None:
            continue
        word = Word(*_trimmed(text, start, end), (token,))
        overlaps = words and not word.is_blank and word.start < words[-1].end
        if words and (number == latest or overlaps or words[-1].is_blank):
            words[-1] = words[-1].joined(word)
        else:
            words.append(word)
        latest = number
    if len(words) > 1 and words[-1].is_blank:
        words[-2:] = [words[-2].joined(words[-1])]
    return words


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The same characters without the spaces around them."""
    found = text[start:end]
    start += len(found) - len(found.lstrip())
    return start, start + len(found.strip())
