"""The likeliest encoding of a text that is not UTF-8, named with words that show it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from core.data.formats.content import Content

_SCANNED_BYTES = 1 << 24
_SAMPLE_BYTES = 1 << 16  # of lines that are not UTF-8
_BLOCK = 1 << 18
_BEFORE, _SHOWN = 12, 40  # characters of a snippet: before the first that is not ASCII, and in all
_EQUAL = 0.03  # difference in score below which the usual encoding is named
_MIXED = 0.2  # lines that are UTF-8 for each that is not; fewer can be so by chance
# What text files are written in, the likeliest first among equals, with the name to give.
_ENCODINGS = {
    "cp1252": "cp1252",
    "gb18030": "gb18030",
    "big5": "big5",
    "cp932": "shift_jis",
    "euc_jp": "euc_jp",
    "cp949": "euc_kr",
    "cp1251": "cp1251",
    "koi8_r": "koi8-r",
    "cp1250": "cp1250",
    "iso8859_2": "iso8859-2",
    "cp1254": "cp1254",
    "cp1253": "cp1253",
    "cp1255": "cp1255",
    "cp1256": "cp1256",
    "cp874": "cp874",
    "cp1257": "cp1257",
    "mac_roman": "mac_roman",
    "cp850": "cp850",
    "big5hkscs": "big5hkscs",
}
# Smaller encodings of the same script, in which common characters take two bytes.
_COMMON = {"cp949": "euc_kr", "gb18030": "gb2312", "cp932": "shift_jis"}
_LATIN = ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257", "mac_roman", "cp850")
# Letters beyond ASCII of languages in Latin script: one text rarely mixes them.
_ALPHABETS = tuple(
    map(
        frozenset,
        (
            "àâæçéèêëîïôœùûüÿ",  # French
            "äöüßé",  # German
            "áéíóúüñ",  # Spanish
            "áâãàçéêíóôõúü",  # Portuguese
            "àèéìíîòóùú",  # Italian
            "àçèéíïòóúü",  # Catalan
            "éëïóöüá",  # Dutch
            "åäöæøéüà",  # Danish, Finnish, Norwegian, Swedish
            "áðéíóúýþæö",  # Icelandic
            "áčďéěíňóřšťúůýžäĺľôŕ",  # Czech, Slovak
            "ąćęłńóśźż",  # Polish
            "áéíóöőúüű",  # Hungarian
            "ăâîșțşţ",  # Romanian
            "čćđšž",  # Croatian, Slovene
            "çğıöşüâîi̇",  # Turkish
            "ąčęėįšųūž",  # Lithuanian
            "āčēģīķļņšūž",  # Latvian
            "äõöüšž",  # Estonian
        ),
    )
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_IN_WORD = re.compile(r"(?<=\w)[^\x00-\x7f](?=\w)")
_IN_WORDS = "’‘ʼ·\xad"  # apostrophes and hyphens


@dataclass
class _Scan:
    """Lines of the start of a file, by whether they are UTF-8."""

    lines: int = 0
    bad: int = 0
    good: int = 0
    """Lines that are UTF-8, and not only ASCII."""
    sample: list[bytes] = field(default_factory=list)
    """The first lines that are not UTF-8."""


def advise(paths: Iterable[Path], given: str | None) -> str:
    """How to read a text file that has bytes which do not decode.

    Args:
        paths: the file, and others that are written alike.
        given: the encoding that was requested, if one was.
    """
    if given is not None:
        return "Give another --encoding, or skip lines that cannot be decoded with --drop-bad-rows."
    scan = _scan(paths)
    encoding, snippet = _likeliest(b"".join(scan.sample))
    if scan.good >= scan.bad * _MIXED:
        return _advise_mixed(scan, encoding, snippet)
    if not encoding:
        return "Give the encoding of the file with --encoding, for example --encoding cp1252."
    return f'The file looks like {encoding} ("{snippet}"). Use --encoding {encoding}.'


def utf_16(start: bytes) -> str:
    """The codec of text that starts so, if it is UTF-16 without a byte order mark; else empty."""
    nul, even = start.count(0), start[::2].count(0)
    if not nul or min(even, nul - even) > nul / 20:
        return ""
    codec = "utf-16-be" if even > nul / 2 else "utf-16-le"
    text = start[: len(start) // 2 * 2].decode(codec, errors="replace")
    has_lines = text.count("\n") > start.count(b"\n") / 2
    return codec if has_lines and sum(map(_is_odd, text)) <= len(text) / 50 else ""


def _is_odd(character: str) -> bool:
    return character == "\ufffd" or (
        unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs") and character not in "\n\r\t"
    )


def _advise_mixed(scan: _Scan, encoding: str, snippet: str) -> str:
    one = scan.bad == 1
    count = f"{scan.bad:,} of the first {scan.lines:,} lines {'is' if one else 'are'} not UTF-8"
    looks = f' ({encoding}: "{snippet}")' if encoding else ""
    others = "1 other line with such characters is" if scan.good == 1 else f"{scan.good:,} others are"
    return (
        f"{count}{looks}, but {others}: --encoding for the whole file would spoil the others. "
        f"Correct {'the line' if one else 'the lines'}, or use --drop-bad-rows."
    )


def _scan(paths: Iterable[Path]) -> _Scan:
    scan, kept = _Scan(), 0
    for line in chain.from_iterable(map(_lines, paths)):
        scan.lines += 1
        if line.isascii():
            continue
        try:
            line.decode()
            scan.good += 1
        except UnicodeDecodeError:
            scan.bad += 1
            if kept < _SAMPLE_BYTES:
                scan.sample.append(line[:_SAMPLE_BYTES])
                kept += len(line)
    return scan


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of the start of a file; a last one that may be incomplete is dropped."""
    with Content(path) as content:
        rest, read = b"", 0
        for block in content.blocks(_BLOCK):
            *lines, rest = (rest + block).split(b"\n")
            yield from (line + b"\n" for line in lines)
            read += len(block)
            if read >= _SCANNED_BYTES:
                return
        if rest:
            yield rest + b"\n"


def _likeliest(data: bytes) -> tuple[str, str]:
    """The likeliest encoding of some lines, with words that show it; both empty if none fits."""
    from charset_normalizer import from_bytes  # loads tables of languages: only for an error

    scores: dict[str, float] = {}
    for match in from_bytes(data, cp_isolation=list(_ENCODINGS)):
        # Encodings under which the text is the same are one match.
        for name in (match.encoding, *match.could_be_from_charset):
            scores.setdefault(name, match.chaos - match.coherence + _foreign(data, name))
    best = min(scores.values(), default=0.0)
    for name, written in _ENCODINGS.items():
        if scores.get(name, best + 1) <= best + _EQUAL:
            return written, _snippet(data, name)
    return "", ""


def _foreign(data: bytes, encoding: str) -> float:
    """Share of characters that texts in this encoding rarely have.

    Letters that the likeliest language lacks, symbols within words, characters outside the common subset.
    """
    text = data.decode(encoding, errors="replace").lower()
    if encoding in _COMMON:
        characters = _NOT_ASCII.findall(text)
        rare = sum(len(each.encode(_COMMON[encoding], errors="ignore")) != 2 for each in characters)
        return rare / max(1, len(characters))
    if encoding not in _LATIN:
        return 0.0
    letters = [letter for letter in _NOT_ASCII.findall(text) if letter.isalpha()]
    inside = _IN_WORD.findall(text)
    symbols = sum(not letter.isalpha() and letter not in _IN_WORDS for letter in inside)
    known = max(sum(letter in alphabet for letter in letters) for alphabet in _ALPHABETS)
    return (len(letters) - known + symbols) / max(1, len(letters) + symbols)


def _snippet(data: bytes, encoding: str) -> str:
    """The first words that are not ASCII, on one line."""
    text = data.decode(encoding, errors="replace")
    first = _NOT_ASCII.search(text)
    at = first.start() if first else 0
    start = max(text.rfind("\n", 0, at) + 1, at - _BEFORE)
    return text[start : start + _SHOWN].splitlines()[0].strip()
