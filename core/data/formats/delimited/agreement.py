"""The dialect of delimited text, by agreement of its first rows on the number of cells."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.config import Quote
from core.data.formats.delimited.dialect import DELIMITERS, RETURN, Dialect
from core.data.formats.delimited.header import RULE, evidence, is_known_name
from core.data.formats.text.text_file import LONE_RETURNS

SAMPLE_CHARACTERS = 1 << 19
"""Characters at the start of a file by which its dialect is judged, at most."""
SAMPLE_ROWS = 1000
"""Rows at the start of a file by which its dialect is judged."""
_MOST_ERRORS = 20
_LONGEST_OPEN_ROW = 100  # lines; a longer unfinished row at the end of the sample is an unclosed quote
_FEWEST_ROWS = 5  # to judge that quotes within cells are not doubled
_MOST_TITLES = 10
_MOST_DISTINCT = 0.5  # of the rows: a column with at most this share of distinct values looks like labels


@dataclass(frozen=True)
class Sample:
    """The start of a text, in lines."""

    text: str
    is_whole: bool

    def lines(self, newline: str) -> list[str]:
        """The lines with their line ends. Without the last if it may be incomplete."""
        text = self.text
        if newline:
            text = protect_returns(text)
        lines = list(io.StringIO(text, newline=newline))
        return lines if self.is_whole or len(lines) < 2 else lines[:-1]

    @property
    def lone_returns(self) -> int:
        """Number of carriage returns without a line feed."""
        return self.text.count("\r") - self.text.count("\r\n")


@dataclass(frozen=True)
class SampleRow:
    """A row of the sample; without cells if it is malformed."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class Candidate:
    """A dialect, and how well the first rows agree under it."""

    dialect: Dialect
    rows: list[SampleRow]
    width: int
    """Most frequent number of cells."""
    titles: int
    """Rows above the first that has this number of cells: a title or a comment."""

    @property
    def table(self) -> list[list[str]]:
        """The rows that agree, from the first on that is not a title."""
        return [row.cells for row in self.rows[self.titles :] if len(row.cells) == self.width]

    @property
    def share(self) -> float:
        """Share of the rows with this number of cells, titles not counted."""
        rest = len(self.rows) - self.titles
        return len(self.table) / rest if rest else 0.0

    @property
    def is_full(self) -> bool:
        """Whether all rows agree on several cells."""
        return self.width > 1 and self.share == 1


def protect_returns(text: str) -> str:
    """Text with `RETURN` for each carriage return that ends no line."""
    return LONE_RETURNS.sub(lambda found: RETURN * len(found[0]), text)


def candidate(sample: Sample, dialect: Dialect, skip: int, *, has_titles: bool) -> Candidate:
    """How well the first rows of a sample agree under a dialect.

    Args:
        sample: the start of the text.
        dialect: the dialect.
        skip: number of lines to skip.
        has_titles: whether the first rows may be titles.
    """
    rows = list(_rows(sample, dialect, skip))
    widths = Counter(len(row.cells) for row in rows if row.cells)
    first = len(rows[0].cells) if rows else 0
    width = max(widths, key=lambda width: (widths[width], width == first), default=0)
    return Candidate(dialect, rows, width, _count_titles(rows, width) if has_titles else 0)


def candidates(
    sample: Sample,
    delimiters: Iterable[str],
    quote: Quote | None,
    skip: int,
    *,
    space: bool | None,
    has_titles: bool,
) -> list[Candidate]:
    """The best candidate for each delimiter. What is None is chosen by agreement."""
    newline = _line_ends(sample, skip)

    def tried(dialect: Dialect) -> Candidate:
        return candidate(sample, dialect, skip, has_titles=has_titles)

    found = []
    for delimiter in delimiters:
        best = tried(Dialect(delimiter, quote or '"', bool(space), newline))
        if space is None and len(delimiter) == 1 and delimiter + " " in sample.text:
            spaced = tried(replace(best.dialect, space=True))
            if spaced.share > best.share or (spaced.share == best.share and _starts_with_spaces(best)):
                best = spaced
        if quote is None:
            for other in _likely_quotes(sample, delimiter):
                again = tried(replace(best.dialect, quote=other))
                if again.share > best.share or (other == "'" and _encloses(best, again)):
                    best = again
        if quote is None and best.share < 1 and best.dialect.quote == '"' and delimiter not in "\t ":
            again = tried(replace(best.dialect, inner=True))
            if (
                len(again.table) >= _FEWEST_ROWS
                and again.is_full
                and all(cell.count('"') % 2 == 0 for row in again.table for cell in row)
            ):
                best = again
        found.append(best)
    return found


def looks_labelled(found: Candidate) -> bool:
    """Whether a column looks like labels: short, repeated, without another delimiter or a quote in it."""
    body = found.table[1:] or found.table
    return any(
        2 <= len(set(column)) <= max(2, _MOST_DISTINCT * len(column))
        and len(max(column, key=len)) <= 60
        and not any(mark in cell for cell in set(column) for mark in _others(found))
        for column in zip(*body, strict=True)
    )


def merit(found: Candidate) -> tuple[int, int, float]:
    """How plausible the cells are, to compare dialects that agree equally well.

    Usual column names, a column that looks like labels, the share of columns free of other delimiters.
    """
    table = found.table
    names = sum(map(is_known_name, table[0]))
    clean = [
        not any(mark in cell for cell in column for mark in _others(found))
        for column in zip(*table, strict=True)
    ]
    return min(names, 2), int(looks_labelled(found)), sum(clean) / len(clean)


def _others(found: Candidate) -> list[str]:
    return [mark for mark in DELIMITERS if mark != found.dialect.delimiter]


def _rows(sample: Sample, dialect: Dialect, skip: int) -> Iterator[SampleRow]:
    """The rows of a sample. After a malformed row, reading starts again on the next line."""
    lines = sample.lines(dialect.newline)
    start, count, errors = skip, 0, 0
    while start < len(lines) and count < SAMPLE_ROWS and errors < _MOST_ERRORS:
        reader, line = dialect.reader(lines[start:]), start + 1
        try:
            for cells in reader:
                if cells:
                    yield SampleRow(line, cells)
                    count += 1
                line = start + reader.line_num + 1
                if count == SAMPLE_ROWS:
                    break
            return
        except csv.Error as error:
            is_open = "end of data" in str(error) and not sample.is_whole
            if is_open and len(lines) - line < _LONGEST_OPEN_ROW:
                return
        yield SampleRow(line, [])
        start, count, errors = line, count + 1, errors + 1


def _line_ends(sample: Sample, skip: int) -> Literal["", "\n"]:
    """Whether carriage returns alone end lines, as in `open`: if more rows agree then."""
    if not sample.lone_returns:
        return "\n"

    def share(newline: Literal["", "\n"]) -> float:
        dialects = [Dialect(delimiter, newline=newline) for delimiter in DELIMITERS]
        tried = [candidate(sample, dialect, skip, has_titles=False) for dialect in dialects]
        return max((each.share for each in tried if each.width > 1), default=0.0)

    alone, within = share(""), share("\n")
    if alone == within:
        return "" if sample.lone_returns > sample.text.count("\n") else "\n"
    return "" if alone > within else "\n"


def _starts_with_spaces(found: Candidate) -> bool:
    """Whether all cells but the first of each row start with a space."""
    cells = [cell for row in found.table for cell in row[1:] if cell and not RULE.fullmatch(cell)]
    return bool(cells) and all(cell.startswith(" ") for cell in cells)


def _likely_quotes(sample: Sample, delimiter: str) -> list[Quote]:
    """Quotes other than the usual ones that the text may have."""
    found: list[Quote] = []
    if '\\"' in sample.text:
        found.append('\\"')
    if sample.text.count(delimiter + "'") + sample.text.count("\n'") >= sample.text.count("\n") / 2:
        found.append("'")
    if (delimiter == "\t" or len(delimiter) > 1) and '"' in sample.text:
        found.append("none")
    return found


def _encloses(found: Candidate, again: Candidate) -> bool:
    """Whether single quotes enclose all cells of a column below the first row, and rows agree as well so."""
    body = found.table[1:]
    return again.share == found.share and any(
        all(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in column)
        for column in zip(*body, strict=True)
    )


def _count_titles(rows: Sequence[SampleRow], width: int) -> int:
    """Number of rows above the header: comments, and titles if what follows looks like a header."""
    count = 0
    for row in rows[:_MOST_TITLES]:
        is_comment = "".join(row.cells).startswith("#")
        if not (is_comment or len(row.cells) != width or _is_title(row.cells, width)):
            break
        count += 1
    table = [row.cells for row in rows[count:] if len(row.cells) == width]
    if not count or width < 2 or not table or len(list(filter(str.strip, table[0]))) < 2:
        return 0
    above = [row.cells for row in rows[:count]]
    if not all(above):
        return 0
    if all(_is_title(cells, width) for cells in above):
        are_comments = all(cells[0].startswith("#") for cells in above)
        return count if are_comments or evidence(table) > 0 else 0
    # A title or comment with delimiters in it: only above column names that are beyond doubt.
    names = sum(map(is_known_name, table[0]))
    also = max(sum(map(is_known_name, cells)) for cells in above)
    return count if names > 1 and also < 2 else 0


def _is_title(cells: list[str], width: int) -> bool:
    """Whether a row may be a title or a comment: one filled cell or none, or another number after a #."""
    filled = len(list(filter(str.strip, cells)))
    return bool(cells) and (filled <= 1 or (cells[0].startswith("#") and len(cells) != width))
