"""TF-IDF features: words, word pairs and characters; characters alone where texts have no spaces."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer

# Letters of scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
_LOOKED_AT = 1000  # texts, from which the script is decided
_LENGTHS = (2, 5)  # of character n-grams within words
# One-letter words and punctuation count: some texts have nothing else.
_TOKEN = r"(?u)\w+|[^\w\s]"


class Features(Protocol):
    """Features of texts, learned from training texts. Matrices: sparse, float32, shape (texts, features)."""

    description: str

    def fit_transform(self, texts: Sequence[str]) -> csr_matrix:
        """Learn the features; return those of `texts`."""

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return the features of other texts."""


def features_for(texts: Sequence[str], limit: int) -> Features:
    """Choose the kind of features by the script of the texts.

    Args:
        texts: the training texts.
        limit: number of features of each kind.
    """
    return _Characters(limit) if lack_spaces(texts[:_LOOKED_AT]) else _WordsAndCharacters(limit)


def lack_spaces(texts: Sequence[str]) -> bool:
    """Whether at least half of the letters are of scripts without spaces between words."""
    letters = sum(sum(map(str.isalpha, text)) for text in texts)
    return bool(letters) and 2 * sum(len(_WITHOUT_SPACES.findall(text)) for text in texts) >= letters


class _Characters:
    """Single characters and pairs of characters."""

    description = "characters and pairs of characters"

    def __init__(self, limit: int) -> None:
        self._vectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32, max_features=limit
        )

    def fit_transform(self, texts: Sequence[str]) -> csr_matrix:
        return self._vectorizer.fit_transform(texts)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        return self._vectorizer.transform(texts)


class _WordsAndCharacters:
    """Words, word pairs, and n-grams of two to five characters within words."""

    description = "words, word pairs and 2 to 5 characters of words"

    def __init__(self, limit: int) -> None:
        self._words = TfidfVectorizer(
            token_pattern=_TOKEN, ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32, max_features=limit
        )
        self._parts = _PartsOfWords(limit)

    def fit_transform(self, texts: Sequence[str]) -> csr_matrix:
        return hstack([self._words.fit_transform(texts), self._parts.fit_transform(texts)], "csr")

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        return hstack([self._words.transform(texts), self._parts.transform(texts)], "csr")


class _PartsOfWords:
    """Character n-grams within words: those of `char_wb`, counted once for each distinct word, not each text.

    The counts of texts are a product: words of each text times n-grams of each word.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._ngrams = CountVectorizer(analyzer=ngrams, dtype=np.float32)
        self._weights = TfidfTransformer(sublinear_tf=True)

    def fit_transform(self, texts: Sequence[str]) -> csr_matrix:
        counts, words = _count_words(texts)
        parts = self._ngrams.fit_transform(words)
        totals = np.asarray(counts.sum(0)).ravel() @ parts
        order = np.argsort(-totals, kind="stable")[: self._limit]
        kept = np.sort(order[totals[order] > 1]) if (totals > 1).any() else np.sort(order)
        names = self._ngrams.get_feature_names_out()[kept]
        self._ngrams = CountVectorizer(analyzer=ngrams, dtype=np.float32, vocabulary=names)
        return self._weights.fit_transform(counts @ parts[:, kept])

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        counts, words = _count_words(texts)
        return self._weights.transform(counts @ self._ngrams.transform(words), copy=False)


def ngrams(word: str) -> list[str]:
    """The character n-grams of a word with a space on each side; of a shorter word, all of it once."""
    padded = f" {word} "
    found: list[str] = []
    for length in range(_LENGTHS[0], _LENGTHS[1] + 1):
        if length >= len(padded):
            return [*found, padded]
        found += [padded[start : start + length] for start in range(len(padded) - length + 1)]
    return found


def _count_words(texts: Sequence[str]) -> tuple[csr_matrix, Any]:
    """Counts, shape (texts, words), and the words: lower-case, whatever stands between spaces."""
    vectorizer = CountVectorizer(tokenizer=str.split, token_pattern=None, dtype=np.float32)
    if not any(map(str.split, texts)):
        return csr_matrix((len(texts), 1), dtype=np.float32), [""]
    return vectorizer.fit_transform(texts), vectorizer.get_feature_names_out()
