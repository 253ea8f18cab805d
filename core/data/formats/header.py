"""Whether the first row of delimited text holds column names."""

import re
from collections.abc import Sequence

_USUAL_NAMES = """
# id ids idx index row no nr number num key guid uuid qid doc_id text texts raw_text clean_text sentence
sentences review reviews content document comment comments message messages sms utterance question query
tweet post body description summary headline title titles subject input premise hypothesis sentence1
sentence2 question1 question2 text1 text2 text_a text_b label labels class classes category categories
sentiment target targets intent intents emotion emotions topic topics polarity stars rating ratings score
scores tag tags y type language lang split source date time timestamp author user username name url gold
annotation is_spam product v1 v2 x confidence airline_sentiment abstract article answer
"""
_NAMES = frozenset(_USUAL_NAMES.split())
_NUMBER = re.compile(r"[-+]?(\d[\d.,]*|[.,]\d+)([eE][-+]?\d+)?%?")
_END_OF_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”’)\]]*$")
_WORDS = re.compile(r"[^\W_]+")
_SENTENCE_WORDS = 6
_LONGEST_VALUE = 60  # characters; anything longer is a text


def is_known_name(cell: str) -> bool:
    """Whether a cell is a usual column name."""
    return cell.strip().lower() in _NAMES


def evidence(rows: Sequence[Sequence[str]]) -> float:
    """Evidence that the first row holds column names: positive for, negative against, 0 for none.

    Args:
        rows: rows of equal width, the first included.
    """
    first, below = rows[0], rows[1:]
    if not below:
        return sum(3.0 if is_known_name(cell) else -2.0 * _is_sentence(cell) for cell in first)
    columns = list(zip(*below, strict=True))
    found = sum(_vote(cell, column) for cell, column in zip(first, columns, strict=True))
    return found + (3.0 if _counts_columns(first) and not _counts_columns(rows[1]) else 0.0)


def _vote(first: str, column: Sequence[str]) -> float:
    """Evidence of one column."""
    first = first.strip()
    cells = [cell.strip() for cell in column if cell.strip()]
    if not cells:
        return 0.0
    if not first:
        return 1.0 if len(cells) == len(column) else 0.0  # an index without a name
    repeats, distinct = cells.count(first), set(cells)
    if is_known_name(first) and repeats <= 1 + len(cells) / 10:
        return 3.0
    numbers = sum(_NUMBER.fullmatch(cell) is not None for cell in cells) / len(cells)
    is_number = _NUMBER.fullmatch(first) is not None
    if numbers > 0.95 and not is_number:
        return 2.0
    are_few = len(distinct) <= len(cells) / 2 and max(map(len, distinct)) <= _LONGEST_VALUE
    if repeats:
        return -3.0 if are_few else -2.0
    if numbers > 0.95:
        return -1.0
    if _is_sentence(first):
        return -2.0
    if are_few:
        return 1.5
    return _by_shape(first, cells)


def _by_shape(first: str, cells: list[str]) -> float:
    """Evidence of a column of texts or identifiers: names are shorter, and look different."""
    shapes = set(map(_shape, cells))
    if len(shapes) == 1:
        return -1.0 if _shape(first) in shapes else 1.5
    mean = sum(map(len, cells)) / len(cells)
    if len(first) <= 40 and mean >= 3 * len(first):
        return 1.5
    return -1.5 if mean >= 10 and len(first) >= 0.7 * mean else 0.0


def _shape(cell: str) -> str:
    """The pattern of a cell: `A-17` and `B-205` have the same."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", cell))


def _is_sentence(cell: str) -> bool:
    words = len(_WORDS.findall(cell))
    return words >= _SENTENCE_WORDS or (words >= 2 and _END_OF_SENTENCE.search(cell.strip()) is not None)


def _counts_columns(row: Sequence[str]) -> bool:
    """Whether a row counts the columns, as pandas names columns that have no name: 0, 1, 2."""
    named = [cell.strip() for cell in row if cell.strip()]
    return len(named) > 1 and named == list(map(str, range(len(named))))
