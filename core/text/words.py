"""Counting words, in scripts with and without spaces."""

import re

# Thai, Lao, Burmese, Khmer, Japanese and Chinese characters.
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
_WORDS_A_CHARACTER = 0.6  # of Chinese


def count_words(text: str) -> float:
    """Estimate the number of words of a text. Fast: words are counted by the spaces between them."""
    words = text.count(" ") + 1
    return words if text.isascii() else words + _WORDS_A_CHARACTER * len(_WITHOUT_SPACES.findall(text))
