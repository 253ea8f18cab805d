"""Labels that are probably the same, spelled in different ways."""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping

from core.text.plain import as_argument

_LEFT_OUT = re.compile(r"[\s_-]+")
_AROUND = " \t\r\n\"'`´“”„‟«»‹›‘’‚[](){}<>,;|"
_LATIN = re.compile(r"[A-Za-z]")
# Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһАВЕКМНОРСТУХІЈЅ" + "οανρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhABEKMHOPCTYXIJS" + "oavpABEZHIKMNOPTYX",
)
_PUNCTUATION = ".:!?*"


def same_spelling(labels: Iterable[str]) -> list[list[str]]:
    """Groups of labels that differ only in case, accents, spacing, hyphens, underscores or a full stop.

    Also HTML entities, invisible characters, and letters of other alphabets that look alike.
    """
    groups: dict[str, list[str]] = {}
    for label in sorted(labels):
        groups.setdefault(_plain(label), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def difference(labels: list[str]) -> str:
    """In what labels of the same spelling differ, in a few words."""
    if len({label.casefold() for label in labels}) == 1:
        return "case"
    if len({_without_spacing(label.casefold()) for label in labels}) == 1:
        return "case, spacing or hyphens"
    if len({_without_spacing(_without_accents(label.casefold())) for label in labels}) == 1:
        return "case, accents, spacing or hyphens"
    if len({_unescaped(label) for label in labels}) == 1:
        return "characters written as in HTML"
    if len({_look(label) for label in labels}) == 1:
        return "letters of other alphabets that look alike"
    return "case, spacing or punctuation"


def bare(label: str) -> str:
    """A label without quotes, brackets and delimiters around it."""
    return label.strip(_AROUND)


def merging(labels: list[str], counts: Mapping[str, int]) -> str:
    """The options that merge labels into the most frequent of them."""
    kept = max(labels, key=lambda label: (counts.get(label, 0), label == _look(label)))
    return " ".join(f"--merge-label {as_argument(f'{label}={kept}')}" for label in labels if label != kept)


def _look(label: str) -> str:
    """A label without HTML entities; the letters that look like Latin ones are, if it has Latin ones too."""
    label = "".join(each for each in _unescaped(label) if unicodedata.category(each) != "Cf")
    return label.translate(_LOOKALIKES) if _LATIN.search(label) else label


def _unescaped(label: str) -> str:
    """A label with characters in place of HTML entities, which may have been written twice: `&amp;amp;`."""
    return html.unescape(html.unescape(label))


def _plain(label: str) -> str:
    return _without_punctuation(_without_spacing(_without_accents(_look(label).casefold())))


def _without_punctuation(label: str) -> str:
    return label.strip(_PUNCTUATION) or label


def _without_spacing(label: str) -> str:
    # A label of hyphens alone keeps them; a sign before a number is no hyphen.
    if re.fullmatch(r"-[\d.]+", label):
        return label
    return _LEFT_OUT.sub("", label) or label


def _without_accents(label: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", label) if not unicodedata.combining(each))
