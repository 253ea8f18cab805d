"""Traits: properties of a text that its characters show."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html.entities import html5

from core.data.labelling.checks import STAND_INS

# C0 and C1 except tab and line ends, DEL, soft hyphens, zero-width and bidirectional marks, lone surrogates.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# Replacement characters, and UTF-8 that was decoded as Latin-1 or Windows-1252.
_DAMAGED = re.compile("\ufffd|[ÃÂ][\u0080-\u00bf]|â€[\u0080-\u2122]?")
_MARKUP = re.compile(
    r"</?([A-Za-z][A-Za-z0-9]{0,15})(?:\s[^<>]{0,80})?/?>|&(?:[A-Za-z]{2,8}|#x?[0-9A-Fa-f]{2,6});"
)
# Elements of HTML, also former ones. Others in angle brackets, such as <AAPL> or <user>, are no markup.
_ELEMENTS = re.compile(
    "a|abbr|acronym|address|applet|area|article|aside|audio|b|base|bdi|bdo|big|blockquote|body|br|"
    "button|canvas|caption|center|cite|code|col|colgroup|data|datalist|dd|del|details|dfn|dialog|dir|"
    "div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|"
    "head|header|hgroup|hr|html|i|iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|marquee|"
    "math|menu|meta|meter|nav|nobr|noframes|noscript|object|ol|optgroup|option|output|p|param|picture|"
    "pre|progress|q|rp|rt|ruby|s|samp|script|search|section|select|slot|small|source|span|strike|"
    "strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|"
    "track|tt|u|ul|var|video|wbr"
)
# Elements that do nothing without attributes: <META> is a share.
_WITH_ATTRIBUTES = frozenset(("a", "area", "base", "img", "input", "link", "map", "meta"))
_MIN_ALPHANUMERICS = 3
_PLACEHOLDERS = STAND_INS | {
    "[removed]",
    "[deleted]",
    "[deleted by user]",
    "[removed by reddit]",
    "#spill!",
    "#num!",
    "#calc!",
}
_LONGEST_PLACEHOLDER = 40
_CHARACTERS = 200  # of a text, in which they are counted


@dataclass(frozen=True)
class Trait:
    """A property of single texts."""

    name: str
    """Name of its check."""
    find: Callable[[str], list[str]]
    """Returns each occurrence in a text, in words; empty if the text does not have the trait."""


def find_control(text: str) -> list[str]:
    """Invisible characters, as U+001B."""
    return [f"U+{ord(character):04X}" for character in _CONTROL.findall(text)]


def find_damaged(text: str) -> list[str]:
    """Signs that a text was decoded with the wrong encoding."""
    return ["U+FFFD" if found == "\ufffd" else found for found in _DAMAGED.findall(text)]


def find_markup(text: str) -> list[str]:
    """HTML tags and entities: <br>, &amp;."""
    if "<" not in text and "&" not in text:
        return []
    return [
        f"<{found[1].lower()}>" if found[1] else found[0]
        for found in _MARKUP.finditer(text)
        if (_is_element(found[0], found[1].lower()) if found[1] else _is_entity(found[0][1:]))
    ]


def _is_element(tag: str, name: str) -> bool:
    is_bare = tag[1:-1].lower() == name
    return _ELEMENTS.fullmatch(name) is not None and not (is_bare and name in _WITH_ATTRIBUTES)


def _is_entity(name: str) -> bool:
    return name.startswith("#") or name in html5


def find_shortness(text: str) -> list[str]:
    """The number of letters and digits, if it is too small."""
    letters = sum(map(str.isalnum, text[:_CHARACTERS]))
    if letters >= _MIN_ALPHANUMERICS:
        return []
    return [f"{letters} {'letter or digit' if letters == 1 else 'letters or digits'}"]


def find_placeholder(text: str) -> list[str]:
    """What stands in place of a text: an error of a spreadsheet, a null, a mark that it was deleted."""
    if len(text) > _LONGEST_PLACEHOLDER:
        return []
    found = text.strip()
    return [found] if found.casefold() in _PLACEHOLDERS and not find_shortness(found) else []


CONTROL = Trait("control-characters", find_control)
DAMAGED = Trait("damaged-characters", find_damaged)
MARKUP = Trait("markup", find_markup)
SHORT = Trait("short-texts", find_shortness)
PLACEHOLDER = Trait("placeholders", find_placeholder)
TRAITS = (CONTROL, DAMAGED, MARKUP, SHORT, PLACEHOLDER)


def bit(trait: Trait) -> int:
    """The bit of a trait in the flags of a row."""
    return 1 << TRAITS.index(trait)


def describe(found: list[str], most: int = 4) -> str:
    """The occurrences in a text, each kind once with its count."""
    return in_words(Counter(found), most)


def in_words(counts: Counter[str], most: int = 4) -> str:
    """Kinds with their counts, the most frequent first."""
    shown = [f"{kind} ×{count:,}" if count > 1 else kind for kind, count in counts.most_common(most)]
    more = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
