"""Whether the first row of a table holds column names.

It does if it holds usual names, or words above numbers, above a few values that it has none of, or single
words above texts. It does not if a cell is a sentence, unless it is a question of a form above a few short
answers; or if it is a number among numbers, or like the cells below it.
"""

import re
from collections.abc import Sequence
from typing import Literal

from core.data.tables.column_names import is_about, rank
from core.data.tables.table import assumption
from core.problems import Problem
from core.text.plain import quoted, shortened
from core.text.words import count_words

Verdict = Literal["usual names", "likely", "unclear", "none"]
"""Whether there is a header: certain by its names, likely by what is below it, unclear, or none."""

_USUAL_NAMES = """
# id ids idx index row no nr number num key guid uuid qid doc_id text texts raw_text clean_text sentence
sentences review reviews content document comment comments message messages sms utterance question query
tweet post body description summary headline title titles subject input premise hypothesis sentence1
sentence2 question1 question2 text1 text2 text_a text_b label labels class classes category categories
sentiment target targets intent intents emotion emotions topic topics polarity stars rating ratings score
scores tag tags y type language lang split source date time timestamp author user username name url gold
annotation is_spam product v1 v2 x confidence airline_sentiment abstract article answer
kommentar bewertung nachricht beschreibung titel klasse kategorie satz frage thema
texte commentaire avis classe étiquette catégorie titre texto comentario reseña clase etiqueta categoría
título comentário testo commento recensione tekst teksti luokka zeitstempel datum horodateur
текст отзыв комментарий метка категория 文本 内容 评论 标题 标签 类别
テキスト 本文 レビュー ラベル カテゴリ 텍스트 리뷰 라벨
"""
_NAMES = frozenset(_USUAL_NAMES.split())
_JOINED = re.compile(r"[A-Za-z]+(_[A-Za-z0-9]+)+|[a-z]+([A-Z][a-z]+)+")  # comment_text, commentText
_TITLE = re.compile(r"[A-Z][a-z]+( [A-Z][a-zA-Z]+)+")  # Review Text
_QUESTION = ("?", "？", ":", "：")
RULE = re.compile(r":?-{2,}:?")
"""A cell of the line below the header of a Markdown table."""
_OPEN_ANSWER = "Open-Ended Response"
_NUMBER = re.compile(r"[-+]?(\d[\d.,]*|[.,]\d+)([eE][-+]?\d+)?%?")
_END_OF_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”’)\]]*$")
_WORDS = re.compile(r"[^\W_]+")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_SENTENCE_WORDS = 6
_LONGEST_VALUE = 60  # characters; anything longer is a text
_LONGEST_NAME = 4.0  # words, as they are counted in scripts without spaces
_FEWEST_ROWS = 3  # below the first, to judge by what they look like
_ENOUGH_ROWS = 20  # to judge by that alone
_LIKELY = 1.5


def is_known_name(cell: str) -> bool:
    """Whether a cell is a usual column name, or one that is joined from words: `comment_text`."""
    cell = cell.strip(" \"'")
    if cell.lower() in _NAMES or (_JOINED.fullmatch(cell) is not None and _has_role(cell)):
        return True
    return _TITLE.fullmatch(cell) is not None and all(map(_has_role, cell.split()))


def find_names(rows: Sequence[Sequence[str]], expected: str | None = None) -> Verdict:
    """Whether the first of some rows of equal width holds column names.

    Args:
        rows: the first rows.
        expected: name of a column that is wanted, or of two with a comma; a first row with it is a header.
    """
    if (
        expected
        and not expected.isdecimal()
        and ({expected} <= {*rows[0]} or {*expected.split(",")} <= {*rows[0]})
    ):
        return "usual names"
    found = evidence(rows)
    if found >= _LIKELY:
        return "usual names" if _is_beyond_doubt(rows) else "likely"
    return "none" if found < 0 or len(rows) <= _FEWEST_ROWS else "unclear"


def reasons_of_header(found: Verdict, first: Sequence[str]) -> list[str]:
    """What is to be said about a first row: nothing if it holds usual names."""
    if found == "none":
        names = quoted([f"column {number}" for number in range(1, len(first) + 1)], 3)
        why = f"nothing shows that the first row holds names, so the columns are called {names}"
        return [assumption("no header", why, "--header or --columns")]
    if found == "likely":
        why = f"the first row, {_shown(first)}, was taken as column names"
        return [assumption("header", why, "--no-header")]
    return []


def unclear_header(first: Sequence[str], where: str, more: str = "") -> Problem:
    """A first row that may be column names or data, with more advice."""
    return Problem(
        f"the first row, {_shown(first)}, may be column names or data",
        where=where,
        mend="Give --header if it holds names, or --no-header if it is a row like the others." + more,
    )


def _shown(first: Sequence[str]) -> str:
    return quoted([shortened(cell, 30) for cell in first], 3)


def evidence(rows: Sequence[Sequence[str]]) -> float:
    """Evidence that the first row holds column names: positive for, negative against, 0 for none.

    Args:
        rows: rows of equal width, the first included.
    """
    first, below = rows[0], rows[1:]
    if not below:
        return sum(3.0 if is_known_name(cell) else -2.0 * _is_sentence(cell) for cell in first)
    columns = list(zip(*below, strict=True))
    own = [cell.strip() for cell, column in zip(first, columns, strict=True) if _holds_name(cell, column)]
    are_answers = len(set(own)) == len(own) > 1  # each under its own name, as SurveyMonkey writes them
    found = sum(
        3.0 if are_answers and cell.strip() in own else _vote(cell, column)
        for cell, column in zip(first, columns, strict=True)
    )
    return found + (3.0 if _counts_columns(first) and not _counts_columns(rows[1]) else 0.0)


def _is_beyond_doubt(rows: Sequence[Sequence[str]]) -> bool:
    """Whether names are usual ones, and not above a single column of words of the same kind."""
    first, below = rows[0], rows[1:]
    if len(first) == 1:
        return is_known_name(first[0]) and 2 * sum(_is_name(cell) for (cell,) in below) <= len(below)
    return any(map(is_known_name, first))


def _holds_name(first: str, column: Sequence[str]) -> bool:
    """Whether a column holds what its first cell holds, or nothing, and both occur."""
    return {cell.strip() for cell in column} == {first.strip(), ""} != {""}


def _vote(first: str, column: Sequence[str]) -> float:
    """Evidence of one column."""
    first = first.strip()
    cells = [cell.strip() for cell in column if cell.strip()]
    if not cells:
        return 3.0 if is_known_name(first) else 0.0
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
        if are_few and _has_answers(first, distinct):
            return 4.0
        asks = (
            first.endswith(_QUESTION) and sum(cell.endswith(_QUESTION) for cell in cells) <= len(cells) / 10
        )
        return -1.0 if asks else -2.0
    if len(cells) < _FEWEST_ROWS:
        return 0.0
    if are_few:
        return 2.0 if len(cells) >= 5 * len(distinct) else 1.0
    return _by_shape(first, cells)


def _by_shape(first: str, cells: list[str]) -> float:
    """Evidence of a column of texts or identifiers: names are single words, and look different."""
    shape = _shape(cells[0])
    if " " not in shape and not shape.isalpha() and all(_shape(cell) == shape for cell in cells):
        return -1.0 if _shape(first) == shape else 1.5
    words = sum(map(_is_name, cells)) / len(cells)
    if _is_name(first):
        if words <= 0.02 and len(cells) >= _ENOUGH_ROWS:
            return 2.0
        return 1.0 if words <= 0.1 else -float(words >= 0.5)
    if " " not in first and not first.isdecimal():
        return -1.0  # a link, a picture, a word with a full stop
    mean = sum(map(len, cells)) / len(cells)
    return -float(words < 0.5 and mean < 3 * len(first))


def _shape(cell: str) -> str:
    """The pattern of a cell: `A-17` and `B-205` have the same."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", cell))


def _is_name(cell: str) -> bool:
    """Whether a cell is a single word."""
    return _NAME.fullmatch(cell.strip()) is not None and count_words(cell) < _LONGEST_NAME


def _is_sentence(cell: str) -> bool:
    words = len(_WORDS.findall(cell))
    return words >= _SENTENCE_WORDS or (words >= 2 and _END_OF_SENTENCE.search(cell.strip()) is not None)


def _has_answers(question: str, values: set[str]) -> bool:
    """Whether a sentence is the question above these answers: none is a sentence, most are shorter."""
    shorter = sum(len(each) * (1 if question.endswith(_QUESTION) else 2) < len(question) for each in values)
    return 2 * shorter > len(values) and not any(map(_is_sentence, values))


def _has_role(name: str) -> bool:
    return is_about(name) or rank(name, "text") is not None or rank(name, "label") is not None


def numbers_rows(rows: Sequence[Sequence[str]]) -> bool:
    """Whether all rows below a header have a cell more than it, first, which numbers them."""
    if len(rows) < 3 or len(rows[0]) < 2:
        return False
    first = [row[0] for row in rows[1:] if len(row) == len(rows[0]) + 1]
    return len(first) == len(rows) - 1 == len(set(first)) and all(map(str.isdecimal, first))


def rows_below_header(rows: Sequence[Sequence[str]]) -> tuple[int, str]:
    """The number of rows below a header that belong to it, and what they are."""
    cells = [[cell.strip() for cell in row] for row in rows[1:3]]
    if len(cells) == 2 and cells[1] and all(cell.startswith('{"ImportId"') for cell in cells[1]):
        return 2, "the questions and their identifiers, as Qualtrics writes them"
    first = set(cells[0]) - {""} if cells else set()
    if first and all(map(RULE.fullmatch, first)):
        return 1, "the rule of a Markdown table"
    if _OPEN_ANSWER in first and first <= {_OPEN_ANSWER, "Response"}:
        return 1, "the kinds of answers, as SurveyMonkey writes them"
    return 0, ""


def _counts_columns(row: Sequence[str]) -> bool:
    """Whether a row counts the columns, as pandas names columns that have no name: 0, 1, 2."""
    named = [cell.strip() for cell in row if cell.strip()]
    return len(named) > 1 and named == list(map(str, range(len(named))))
