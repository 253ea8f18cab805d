"""Text whose extension names no format: the content selects it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from core.config import ReadingConfig
from core.data.formats.content import Content
from core.data.formats.delimited.agreement import Candidate, Sample, candidates, looks_labelled
from core.data.formats.delimited.checks import FEWEST_AGREE, is_sure, shown, unusual_delimiter
from core.data.formats.delimited.dialect import DELIMITERS
from core.data.formats.delimited.header import is_known_name
from core.data.formats.delimited.layout import check_no_layout, detect_layout, read_sample
from core.data.formats.delimited.reader import parse_rows
from core.data.formats.file_types import SAMPLE
from core.data.formats.json.rows import parse_json, parse_json_lines
from core.data.formats.text.other_programs import check_other_programs
from core.data.formats.text.plain_lines import (
    hint_at_labels,
    is_fast_text,
    parse_fast_text,
    parse_plain_lines,
)
from core.data.formats.text.text_file import TextFile
from core.data.tables.table import ChunkSize, Table, assumption

_JSON = re.compile(r'\{\s*"|\[\s*[\[{"]')
_OBJECTS = re.compile(rb'(\xef\xbb\xbf)?\s*(\[\s*)?\{\s*"([^"\\\n]|\\.)*"\s*:')
_JSON_ENDS = b"[]{},"
_FEWEST_LABELLED = 0.5  # of the first lines, which then are those of fastText
_PUNCTUATION = ",;"  # delimiters that texts contain as well


def parse_by_content(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read fastText lines, JSON, delimited text or plain lines.

    Raises:
        Problem: as the reader of that format does.
    """
    reading, sample = text.reading, read_sample(text)
    start = sample.text.lstrip()
    parse, what = None, ""
    check_other_programs(start, source, reading)
    delimiters = list(DELIMITERS)
    unusual = unusual_delimiter(sample, [], reading.quote, reading.skip_rows or 0)
    if reading.delimiter is None and reading.columns is None:
        if is_fast_text(start, _FEWEST_LABELLED):
            parse, what = parse_fast_text, "fastText lines"
        elif _JSON.match(start):
            parse = parse_json_lines if _is_object(start.partition("\n")[0]) else parse_json
            what = "JSON"
        elif not (delimiters := _delimiters(sample, text)) and not (unusual and is_sure(unusual)):
            parse, what = parse_plain_lines, "plain lines"
    if parse:
        check_no_layout(reading, source, what)
        for number, table in enumerate(parse(text, source, columns, size)):
            if what == "JSON" and not number:
                table.assumptions.insert(0, assumption("JSON", "the text starts so"))
            if what == "plain lines" and not number:
                table.assumptions.extend(_hints(start, unusual))
            yield table
        return
    layout = detect_layout(sample, source, reading, usual="", among=delimiters or DELIMITERS)
    yield from parse_rows(text, layout, source, columns, size)


def is_json(path: Path, reading: ReadingConfig) -> bool:
    """Whether a file with the extension of delimited text holds JSON objects, alone or in a list."""
    if reading.delimiter is not None or reading.columns is not None:
        return False
    with Content(path) as content:
        sample = content.sample
    lines = sample.split(b"\n")
    ends = [line.rstrip()[-1:] for line in lines[: -1 if len(sample) == SAMPLE else None] if line.strip()]
    return _OBJECTS.match(sample) is not None and (not ends or ends[0] in _JSON_ENDS)


def _hints(start: str, unusual: Candidate | None) -> list[str]:
    """What may divide plain lines after all."""
    hints = [hint_at_labels(start)]
    if unusual:
        sign = shown(unusual.dialect.delimiter)
        hints.append(f"All lines hold {sign}: if it divides cells, give --delimiter {sign}.")
    return list(filter(None, hints))


def _is_object(line: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False


def _delimiters(sample: Sample, text: TextFile) -> list[str]:
    """The delimiters that seem to divide the lines into cells."""
    skip = text.reading.skip_rows or 0
    found = candidates(sample, DELIMITERS, text.reading.quote, skip, space=None, has_titles=True)
    return [each.dialect.delimiter for each in found if _divides(each)]


def _divides(found: Candidate) -> bool:
    """Whether a delimiter divides lines into cells, and is not punctuation of texts."""
    if found.width < 2 or found.share < FEWEST_AGREE:
        return False
    if found.dialect.delimiter not in _PUNCTUATION:
        return True
    follow = [cell for row in found.table for cell in row[1:]]
    spaces = sum(cell.startswith(" ") for cell in follow)
    if found.dialect.space or spaces > len(follow) / 2:
        return False
    return looks_labelled(found) or any(map(is_known_name, found.table[0]))
