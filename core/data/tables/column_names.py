"""Names of columns: how much the words of a name speak for texts or for labels."""

import re
from functools import lru_cache
from typing import Literal

Role = Literal["text", "label"]

_HEADINGS = ("summary", "headline", "title", "subject", "caption")  # of a longer text, if there is one
# In order of preference.
_TEXT_WORDS = (
    *("text", "sentence", "review", "content", "document", "comment", "message", "utterance", "question"),
    *("query", "tweet", "post", "body", "description", "input"),
    *(
        "narrative",
        "complaint",
        "feedback",
        "verbatim",
        "article",
        "abstract",
        "passage",
        "paragraph",
        "phrase",
    ),
    *("transcript", "statement", "prompt", "instruction", "pattern", "sms", "email", "mail", "news", "story"),
    *("lyric", "plot", "premise", "hypothesis", "opinion", "reply", "context"),
    *_HEADINGS,
)
_LABEL_WORDS = (
    *("label", "class", "category", "sentiment", "target", "intent", "emotion", "topic", "polarity", "star"),
    *("rating", "score", "tag", "y", "genre", "toxicity", "stance", "verdict", "mood", "spam", "completion"),
    *("classification", "annotation"),
)
_PLURALS = {"classes": "class", "categories": "category", "stories": "story", "queries": "query"}
# A name that ends in one of these is about a text or a label, and is neither.
ABOUT = frozenset(
    (
        *("id", "ids", "uuid", "guid", "key", "hash", "url", "uri", "link", "href", "date", "at", "time"),
        *("datetime", "timestamp", "created", "updated", "count", "counts", "length", "len", "size", "num"),
        *("number", "lang", "language", "author", "user", "username", "userid", "name", "confidence"),
        *("confidences", "prob", "probability", "probabilities", "weight", "weights", "source", "file"),
        *("filename", "path", "offset", "start", "end", "position", "index", "idx", "agent", "annotator"),
        *("annotators", "suggestion", "embedding", "vector"),
    )
)
_PERHAPS_LABELS = frozenset(("lang", "language", "author", "source", "name", "size", "position", "weight"))
_NUMBERS_OF_LABELS = frozenset(("id", "index", "idx", "number", "num"))  # label_id holds labels
_NAMES_OF_LABELS = frozenset(("text", "name", "title", "str", "string"))  # as in label_text
_LABELS_WITH_NAMES = frozenset(
    ("label", "class", "category", "sentiment", "intent", "emotion", "topic", "polarity")
)
_AGREED = frozenset(("gold", "majority", "consensus"))  # gold_label precedes the labels of each annotator
_SPLIT_FLAGS = {
    "train": "train", "valid": "validation", "val": "validation", "validation": "validation",
    "dev": "validation", "test": "test",
}  # fmt: skip
_KNOWN = frozenset(_TEXT_WORDS + _LABEL_WORDS)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")


@lru_cache(maxsize=1 << 12)
def rank(column: str, role: Role) -> tuple[int, int, int, int] | None:
    """The rank of a name among the names of a role, lower is better; None if no word speaks for it.

    The last word that is known decides: `Review Text` is a text, `text_label` a label, `text_id` neither.
    A name that is nothing but the word precedes one with more words. `sentiment_text` may be either.
    """
    words = words_of(column)
    known = [(place, word) for place, word in enumerate(map(_singular, words)) if word in _KNOWN]
    if not known:
        return None
    place, word = known[-1]
    about = ABOUT.intersection(words[place + 1 :])
    more = len(words) - 1
    before = _singular(words[-2]) if more else ""
    if before in _LABELS_WITH_NAMES and words[-1] in _NAMES_OF_LABELS:
        return (1, 0, 0, more) if role == "text" else (0, _LABEL_WORDS.index(before), 1, more)
    if role == "text":
        return (0, _TEXT_WORDS.index(word), 0, more) if word in _TEXT_WORDS and not about else None
    if word not in _LABEL_WORDS or not about <= _NUMBERS_OF_LABELS:
        return None
    return (0, -1 if _AGREED.intersection(words) else _LABEL_WORDS.index(word), 2 * len(about), more)


def is_about(column: str) -> bool:
    """Whether a name says that the column is neither texts nor labels: an id, a date, a link, an author."""
    words = words_of(column)
    return bool(words) and words[-1] in ABOUT - _PERHAPS_LABELS and rank(column, "label") is None


def is_heading(column: str) -> bool:
    """Whether a name is that of a short text that stands above a longer one: a title, a subject."""
    found = rank(column, "text")
    return found is not None and found[0] == 0 and _TEXT_WORDS[found[1]] in _HEADINGS


def split_flag(column: str) -> str | None:
    """The split whose rows a column such as `is_valid` or `test` marks; None if it is no such column."""
    words = words_of(column)
    if len(words) == 1 and words[0] != "valid":
        return _SPLIT_FLAGS.get(words[0])
    return _SPLIT_FLAGS.get(words[1]) if len(words) == 2 and words[0] == "is" else None


def words_of(column: str) -> list[str]:
    """The words of a name in lower case: of `reviewText`, `review_text` and `Review Text` the same."""
    return [word.lower() for word in _WORD.findall(column)]


def _singular(word: str) -> str:
    if word in _PLURALS:
        return _PLURALS[word]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and word not in _KNOWN else word
