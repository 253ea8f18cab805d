"""Words of a text: the tokens that form each word, and its characters."""

from dataclasses import dataclass
from typing import Self

from core.encoding.encoder import Traced


@dataclass(frozen=True)
class Word:
    """A word and its tokens.

    Attributes:
        start: first character in the text.
        end: character after the last.
        tokens: indexes of its tokens.
    """

    start: int
    end: int
    tokens: tuple[int, ...]

    @property
    def is_blank(self) -> bool:
        """Whether the word has no characters."""
        return self.start == self.end

    def joined(self, later: Self) -> Self:
        """Join two words."""
        tokens = self.tokens + later.tokens
        if self.is_blank or later.is_blank:
            seen = self if later.is_blank else later
            return type(self)(seen.start, seen.end, tokens)
        return type(self)(min(self.start, later.start), max(self.end, later.end), tokens)


def words_of(text: str, traced: Traced) -> list[Word]:
    """The words of a tokenized text, in order.

    Words do not overlap and do not start or end with a space. Every token of the text is in one word: a token
    of spaces only joins the next word, or the previous one at the end.
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
    """The span without surrounding spaces."""
    found = text[start:end]
    start += len(found) - len(found.lstrip())
    return start, start + len(found.strip())
