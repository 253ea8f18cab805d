"""Advice on a text that is not UTF-8: the likeliest encodings, with words that show them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from core.data.formats.content import Content
from core.data.formats.text.likely_encodings import Likely, is_odd, likeliest

_SCANNED_BYTES = 1 << 24
_SAMPLE_BYTES = 1 << 16  # of lines that are not UTF-8
_BLOCK = 1 << 18
_BEFORE, _SHOWN = 12, 40  # characters of a snippet: before the first that is not ASCII, and in all
_MIXED = 0.2  # lines that are UTF-8 for each that is not; fewer can be so by chance
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass
class _Scan:
    """Lines of the start of a file, by whether they are UTF-8."""

    lines: int = 0
    bad: int = 0
    good: int = 0
    """Lines that are UTF-8, and not only ASCII."""
    sample: list[bytes] = field(default_factory=list)
    """The first lines that are not UTF-8."""


def advise(paths: Iterable[Path], given: str | None, *, is_cut: bool = False) -> str:
    """How to read a text file that has bytes which do not decode.

    Args:
        paths: the file, and others that are written alike.
        given: the encoding that was requested, if one was.
        is_cut: whether the file ends within a character.
    """
    if given is not None:
        return "Give another --encoding, or skip lines that cannot be decoded with --drop-bad-rows."
    scan = _scan(paths)
    if is_cut and scan.bad == 1 and scan.good:
        return "The file ends within a character: copy or download it again, or use --drop-bad-rows."
    found = likeliest(b"".join(scan.sample))
    shown = [f'{each.name} ("{words}")' for each, words in zip(found, _snippets(found), strict=True)]
    if scan.good >= scan.bad * _MIXED:
        return _advise_mixed(scan, shown)
    if not found:
        return "Give the encoding of the file with --encoding, for example --encoding cp1252."
    use = f"Use --encoding {found[0].name}"
    if len(found) == 1:
        return f"The file looks like {shown[0]}. {use}."
    others = " or ".join(f"--encoding {each.name}" for each in found[1:])
    return f"The file looks like {', or '.join(shown)}. {use} if its words are right, else {others}."


def utf_16(start: bytes) -> str:
    """The codec of text that starts so, if it is UTF-16 without a byte order mark; else empty."""
    nul, even = start.count(0), start[::2].count(0)
    if not nul or min(even, nul - even) > nul / 20:
        return ""
    codec = "utf-16-be" if even > nul / 2 else "utf-16-le"
    text = start[: len(start) // 2 * 2].decode(codec, errors="replace")
    has_lines = text.count("\n") > start.count(b"\n") / 2
    return codec if has_lines and sum(map(is_odd, text)) <= len(text) / 50 else ""


def _advise_mixed(scan: _Scan, shown: Sequence[str]) -> str:
    one = scan.bad == 1
    count = f"{scan.bad:,} of the first {scan.lines:,} lines {'is' if one else 'are'} not UTF-8"
    looks = f", perhaps {shown[0]}" if shown else ""
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


def _snippets(found: Sequence[Likely]) -> list[str]:
    """Words by which encodings can be judged: the first that they read differently, on one line."""
    texts = [each.text for each in found] or [""]
    first = _NOT_ASCII.search(texts[0])
    at = first.start() if first else 0
    if len(texts) > 1:
        at = next((place for place, each in enumerate(zip(*texts, strict=False)) if len({*each}) > 1), at)
    start = max(texts[0].rfind("\n", 0, at) + 1, at - _BEFORE)
    if start and texts[0][start - 1] != "\n":
        start += texts[0][start:at].rfind(" ", 0, _BEFORE // 2) + 1  # at a word
    return [(text[start : start + _SHOWN].splitlines() or [""])[0].strip() for text in texts[: len(found)]]
