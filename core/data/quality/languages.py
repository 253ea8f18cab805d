"""guess_language: the script of a text and, in Latin letters, which of a few languages it seems to be in.

A guess by the most frequent little words: enough to notice that a file mixes languages, and no more.
"""

import re
import unicodedata
from collections import Counter
from functools import cache

UNKNOWN = "unknown"
_LATIN = "LATIN"
# Little words that are frequent in one of these languages and seldom or never occur in the others.
_LITTLE_WORDS = {
    "English": "the and of is was that it this with for are you have not but they his from what who",
    "German": "der die und das ist nicht ein eine ich zu mit den von auf auch sich dem wir wie aber",
    "French": "le les des est et une pas dans qui je il vous ce pour sur avec mais cette nous du",
    "Spanish": "el los las una es y por con para pero como muy del se lo mi yo esta más hay",
    "Italian": "il che di non è per una sono gli della con ma anche più questo nel dei alla mi ho",
    "Portuguese": "os um uma não é da em para com mas muito mais ao na você foi eu isso pelo",
    "Dutch": "de het een en van ik niet dat zijn voor met maar op er ook aan was wel bij naar",
}
_SCRIPTS = {
    "CYRILLIC": "Cyrillic",
    "GREEK": "Greek",
    "ARABIC": "Arabic",
    "HEBREW": "Hebrew",
    "DEVANAGARI": "Devanagari",
    "BENGALI": "Bengali",
    "TAMIL": "Tamil",
    "THAI": "Thai",
    "HANGUL": "Korean",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "CJK": "Chinese",
}
LANGUAGES = (UNKNOWN, *_LITTLE_WORDS, *dict.fromkeys(_SCRIPTS.values()), "another script")

_WORD = re.compile(r"[^\W\d_]+")
_CHARACTERS = 400
_FEWEST_WORDS = 4  # different ones
_LEAST_SHARE = 0.15
_NUMBERS = {name: number for number, name in enumerate(LANGUAGES)}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _LITTLE_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)


def guess_language(text: str) -> int:
    """The number in `LANGUAGES` of what the beginning of `text` seems to be written in."""
    start = text[:_CHARACTERS]
    if not start.isascii() and (script := _script(start)) != _LATIN:
        return _NUMBERS[script]
    words = set(_WORD.findall(start.lower()))
    hits = Counter(language for word in words for language in _LANGUAGES_OF.get(word, ()))
    (best, count), (_, second) = (hits.most_common(2) + [(UNKNOWN, 0)] * 2)[:2]
    is_clear = count >= max(_FEWEST_WORDS, 2 * second) and count >= _LEAST_SHARE * len(words)
    return _NUMBERS[best if is_clear else UNKNOWN]


def _script(text: str) -> str:
    """What most of the letters are; a Japanese text needs but a third of kana, the rest are Chinese signs."""
    counts = Counter(_script_of(character) for character in text if character.isalpha())
    if not counts:
        return UNKNOWN
    if counts["Japanese"] * 3 >= counts["Chinese"] > 0 and counts["Japanese"] >= counts[_LATIN]:
        return "Japanese"
    return counts.most_common(1)[0][0]


@cache
def _script_of(character: str) -> str:
    script = unicodedata.name(character, "UNKNOWN").partition(" ")[0]
    return _LATIN if script == _LATIN else _SCRIPTS.get(script, "another script")
