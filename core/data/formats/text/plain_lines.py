"""Text with one example a line: fastText lines, and lines of plain text."""

import re
from collections.abc import Iterator, Sequence

from core.data.formats.text.text_file import UNDECODABLE, UNDECODABLE_LINE, TextFile
from core.data.tables.table import Cell, ChunkSize, RowWarning, Table, assumption, place

_PREFIX = "__label__"
_LABEL = re.compile(rf"^\s*{_PREFIX}([^\s,;|\"]+)(?!\S)")
_LAST_LABEL = re.compile(rf"\s+{_PREFIX}([^\s,;|\"]+)\s*$")
_OTHER_PREFIX = re.compile(r"__[A-Za-z]+__(?=\w)")
_SECOND_LABEL = re.compile(rf"(^\s*|\s){_PREFIX}\S+[ \t]+{_PREFIX}", re.MULTILINE)
_SAMPLE_LINES = 100
_SAMPLE_CHARACTERS = 1 << 16


def is_fast_text(start: str, fewest: float = 1.0) -> bool:
    """Whether text starts with fastText lines: at least this share of them has labels at one end."""
    lines = [line for line in start.split("\n")[:_SAMPLE_LINES] if line.strip()]
    return bool(lines) and max(_share(lines, _LABEL), _share(lines, _LAST_LABEL)) >= fewest


def hint_at_labels(start: str) -> str:
    """How to make fastText lines of lines with marks for labels; empty if there are none."""
    lines = [line for line in start.split("\n")[:_SAMPLE_LINES] if line.strip()]
    prefixes = {found[0] if (found := _OTHER_PREFIX.match(line)) else "" for line in lines}
    if len(prefixes) == 1 and (prefix := prefixes.pop()):
        return (
            f"All lines start with {prefix!r}: if it marks labels, write {_PREFIX} instead, as fastText does."
        )
    count = sum(_PREFIX in line for line in lines)
    if not count:
        return ""
    return f"{count} of the first {len(lines)} lines hold {_PREFIX}: fastText lines need it before each text."


def _share(lines: Sequence[str], label: re.Pattern[str]) -> float:
    return sum(label.search(line) is not None for line in lines) / len(lines)


def parse_fast_text(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read lines of labels, each `__label__NAME`, and a text: the columns `text` and `label`.

    Labels stand before the text or behind it. A line without one has none. A label is a list if any line has
    several. Blank lines are skipped.
    """
    # A label never ends inside a block only: a line that two blocks share is searched with its rest.
    are_lists = any(map(_SECOND_LABEL.search, map("".join, text.lines("\n", source))))
    lines = [line for line in text.start(_SAMPLE_CHARACTERS).split("\n")[:_SAMPLE_LINES] if line.strip()]
    first, last = _share(lines, _LABEL), _share(lines, _LAST_LABEL)
    many = "every line has" if max(first, last) == 1 else "most lines have"
    where = "before the text" if first >= last else "behind the text"
    why = f"{many} a {_PREFIX} {where}"
    said = assumption("fastText lines", why, "--delimiter")

    def rows() -> Iterator[tuple[int, tuple[Cell, ...]]]:
        for number, line in _numbered(text, source):
            labels = []
            while found := _LABEL.match(line):
                labels.append(found[1])
                line = line[found.end() :]
            at = len(labels)
            while found := _LAST_LABEL.search(line):
                labels.insert(at, found[1])
                line = line[: found.start()]
            if labels or line.strip():
                label = labels if are_lists else (labels[0] if labels else None)
                yield number, (line.strip(), label)

    yield from _tables(rows(), ("text", "label"), text, source, columns, size, said)


def parse_plain_lines(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read each line as a text: the column `text`. Blank lines are empty texts."""
    said = assumption("plain lines", "one text a line; no delimiter divides the lines", "--delimiter")
    rows = ((number, (line,)) for number, line in _numbered(text, source))
    yield from _tables(rows, ("text",), text, source, columns, size, said)


def _numbered(text: TextFile, source: str) -> Iterator[tuple[int, str]]:
    """Each line without its line end, with its number."""
    number = 0
    for lines in text.lines("\n", source, keeps_marks=True):
        for line in lines:
            number += 1
            if text.has_marks and UNDECODABLE.search(line):
                text.warnings.append(RowWarning(UNDECODABLE_LINE, place(source, "line", number)))
            else:
                yield number, line.rstrip("\r\n")


def _tables(
    rows: Iterator[tuple[int, tuple[Cell, ...]]],
    names: tuple[str, ...],
    text: TextFile,
    source: str,
    columns: Sequence[str] | None,
    size: ChunkSize,
    said: str,
) -> Iterator[Table]:
    lines: list[int] = []
    found: list[tuple[Cell, ...]] = []
    assumptions, chunk_start = [said], 0

    def table() -> Table:
        cells = dict(zip(names, map(list, zip(*found, strict=True)), strict=True))
        chosen = cells if columns is None else {name: cells[name] for name in columns}
        return Table(source, chosen, lines, assumptions=assumptions, read_share=text.share)

    for number, row in rows:
        lines.append(number)
        found.append(row)
        if len(found) == size.rows or text.characters - chunk_start >= size.characters:
            yield table()
            lines, found, assumptions, chunk_start = [], [], [], text.characters
    if found:
        yield table()
