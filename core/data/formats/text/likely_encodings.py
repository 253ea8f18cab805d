"""The likeliest encodings of some bytes that are not UTF-8, by the text that each gives.

A text is likely if its characters are frequent in one language, and stand where they should: letters of one
script in a word, capitals at its start, signs beside words. To that comes how common the encoding is.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from math import log
from typing import NamedTuple

from core.data.formats.text.alphabets import ALPHABETS, SYMBOLS

_WESTERN = (
    *("English", "French", "German", "Spanish", "Portuguese", "Italian", "Catalan", "Dutch"),
    *("Swedish", "Danish", "Finnish", "Icelandic"),
)
_CENTRAL = ("Polish", "Czech", "Slovak", "Hungarian", "Croatian", "Romanian", "German")
_CYRILLIC = ("Russian", "Ukrainian", "Bulgarian")
# How common each is among data files that are not UTF-8, and the languages that are written in it.
# Of a family the largest is named: cp1252 for latin-1, gb18030 for gbk and gb2312, cp949 for euc_kr.
_ENCODINGS: dict[str, tuple[float, tuple[str, ...]]] = {
    "cp1252": (100, _WESTERN),
    "cp1251": (20, _CYRILLIC),
    "gb18030": (20, ("Chinese",)),
    "cp1250": (10, _CENTRAL),
    "cp932": (10, ("Japanese",)),
    "cp949": (10, ("Korean",)),
    "big5": (5, ("Chinese, traditional",)),
    "cp1254": (7, ("Turkish",)),
    "cp1256": (4, ("Arabic",)),
    "cp1253": (3, ("Greek",)),
    "cp1255": (3, ("Hebrew",)),
    "cp1257": (4, ("Lithuanian", "Latvian", "Estonian")),
    "cp874": (3, ("Thai",)),
    "euc_jp": (2, ("Japanese",)),
    "iso8859_2": (1, _CENTRAL),
    "koi8_r": (1, _CYRILLIC),
    "cp1258": (1, ("Vietnamese",)),
    "mac_roman": (1, _WESTERN),
    "cp850": (1, _WESTERN),
    "cp866": (0.5, _CYRILLIC),
    "mac_cyrillic": (0.1, _CYRILLIC),
}
_NAMES = {"cp932": "shift_jis", "koi8_r": "koi8-r", "iso8859_2": "iso8859-2"}  # as they are usually called
# Bytes that start the common characters of a large script; the others are rare.
_COMMON_LEADS = {"gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "cp932": (0x88, 0x97), "euc_jp": (0xB0, 0xCF)}
_UNSURE = 6.0  # difference in logarithms below which another encoding is named, too
_MOST = 3  # encodings that are named
_MOST_EQUAL = 2  # of a word that is repeated, as evidence
_MOST_ODD = 0.02  # of the characters beyond ASCII: those that no text has
_SELDOM = {"Icelandic": log(0.05), "Catalan": log(0.1)}  # languages of few data files
_ASCII = log(0.05)  # of an ASCII character, where an encoding makes it a part of another
_COMMON, _RARE, _ODD = 1e-4, 1e-5, 1e-8
_SIGNS = 0.3  # of the characters beyond ASCII
_BACKGROUND = 0.02  # of the letters: those of the other languages in an encoding
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0e31\u0e34-\u0e4e"  # on or under the letter before
_FIRST, _SECOND = "[A-Za-zÀ-ɏ]", "[Ͱ-๿]"  # Latin; Greek, Cyrillic, Hebrew, Arabic, Thai
_FAULTS = tuple(
    (re.compile(pattern), log(weight))
    for pattern, weight in (
        (rf"(?<=[^\W\d_])[^\w\s\x00-\x7f’‘–—·{_MARKS}](?=[^\W\d_])", 0.003),  # a sign within a word
        (rf"{_FIRST}(?={_SECOND})|{_SECOND}(?={_FIRST})", 0.001),  # two scripts side by side
        (r"\d[^\W\d_\x00-\x7f]|[^\W\d_\x00-\x7f]\d", 0.05),  # a letter beside a digit
        (r"[“«„‘¿¡](?!\w)|(?<!\S)[”»…´]", 0.05),  # an opening sign that opens nothing, and the reverse
    )
)
_LETTERS_AS_WORDS = "àáåæèéíóöøő"
_BEYOND_LATIN = "ɐ"
_TOKEN = re.compile(rb'[^\s,;"]+')
_WORD = re.compile(r"[^\W\d_]+")


class Likely(NamedTuple):
    """An encoding with the text that it gives."""

    name: str
    text: str


def likeliest(data: bytes) -> list[Likely]:
    """The likeliest encoding, then those nearly as likely that read differently; none if none fits."""
    # A word in every row is hardly more evidence than in a few.
    counts = Counter(word for word in _TOKEN.findall(data) if not word.isascii())
    words = b"\n".join(word for word in counts for _ in range(min(counts[word], _MOST_EQUAL)))
    scores: dict[str, tuple[float, str]] = {}
    for encoding, (weight, languages) in _ENCODINGS.items():
        text = words.decode(encoding, errors="replace")
        found = [each for each in text if not each.isascii() or is_odd(each)]
        if sum(map(is_odd, found)) > len(found) * _MOST_ODD:
            continue
        score = log(weight) + _score(text, encoding, languages)
        if score > scores.get(text, (float("-inf"), ""))[0]:
            scores[text] = score, encoding
    ranked = sorted(scores.values(), reverse=True)
    return [
        Likely(_NAMES.get(name, name), data.decode(name, errors="replace"))
        for score, name in ranked[:_MOST]
        if score > ranked[0][0] - _UNSURE
    ]


def is_odd(character: str) -> bool:
    """Whether a character is one that texts do not have."""
    return character == "\ufffd" or (
        unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs") and character not in "\n\r\t"
    )


def _score(text: str, encoding: str, languages: tuple[str, ...]) -> float:
    """The logarithm of the likelihood of a text in the language that fits best."""
    found = Counter(text)
    ascii_ = sum(count for each, count in found.items() if each.isascii())
    letters = Counter({each: count for each, count in Counter(text.lower()).items() if not each.isascii()})
    best = max(
        sum(count * _of_letter(each, encoding, language, languages) for each, count in letters.items())
        + _SELDOM.get(language, 0.0)
        for language in languages
    )
    faults = sum(len(pattern.findall(text)) * weight for pattern, weight in _FAULTS)
    return best + ascii_ * _ASCII + faults + sum(map(_of_word, _WORD.findall(text)))


def _of_word(word: str) -> float:
    """What speaks against a word: capitals within it, Latin letters beyond ASCII alone or side by side."""
    if word.isascii():
        return 0.0
    found, is_latin = 0.0, max(word) < _BEYOND_LATIN
    if len(word) == 1:
        return 0.0 if word.lower() in _LETTERS_AS_WORDS else log(0.02 if is_latin else 0.3)
    if not word.islower() and not word[1:].islower() and word.lower() != word.upper():
        found = log(0.05) if word.isupper() else log(0.001)
    if is_latin:
        found += sum(not one.isascii() and not next_.isascii() for one, next_ in pairwise(word)) * log(0.1)
    return found


@lru_cache(maxsize=1 << 14)
def _of_letter(letter: str, encoding: str, language: str, languages: tuple[str, ...]) -> float:
    """The logarithm of the share of a character among those beyond ASCII."""
    if letter in SYMBOLS:
        return log(_SIGNS * _share(letter, SYMBOLS))
    own = _share(letter, ALPHABETS[language])
    background = sum(_share(letter, ALPHABETS[each]) for each in languages) / len(languages)
    return log(own * (1 - _BACKGROUND) + background * _BACKGROUND + _share_of_others(letter, encoding))


@lru_cache(maxsize=1 << 14)
def _share(letter: str, alphabet: str) -> float:
    """The share of a letter in an alphabet: the second is two thirds as frequent as the first."""
    at = alphabet.find(letter)
    total = sum(1 / (place + 2) for place in range(len(alphabet)))
    return 0.0 if at < 0 else 1 / (at + 2) / total


def _share_of_others(letter: str, encoding: str) -> float:
    """The share of a character that no list has."""
    if is_odd(letter):
        return _ODD
    if encoding == "cp949":
        return _COMMON if "가" <= letter <= "힣" else _ODD
    if encoding not in _COMMON_LEADS:
        return _RARE
    category = unicodedata.category(letter)
    if category.startswith("P"):
        return 0.01 if letter in "，。！？、：；（）「」『』【】《》～・" else _RARE
    first, last = _COMMON_LEADS[encoding]
    codes = letter.encode(encoding, errors="ignore")
    if len(codes) == 2 and category == "Lo":
        return _COMMON if first <= codes[0] <= last else _RARE / 10
    return _ODD
