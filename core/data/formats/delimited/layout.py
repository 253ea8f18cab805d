"""Layout: the dialect of a delimited file, where its rows start and what its columns are called."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from core.config import ReadingConfig
from core.data.formats.delimited.agreement import (
    SAMPLE_CHARACTERS,
    SAMPLE_ROWS,
    Candidate,
    Sample,
    candidate,
    candidates,
    merit,
)
from core.data.formats.delimited.checks import (
    FEWEST_AGREE,
    cells_of,
    check_given,
    check_rare_delimiters,
    is_sure,
    shown,
    unsure_delimiter,
    unusual_delimiter,
)
from core.data.formats.delimited.dialect import DELIMITERS, UNIT, Dialect
from core.data.formats.delimited.header import (
    find_names,
    is_known_name,
    numbers_rows,
    reasons_of_header,
    rows_below_header,
    unclear_header,
)
from core.data.formats.text.text_file import TextFile
from core.data.tables.table import assumption, place
from core.problems import Problem
from core.text.plain import quoted, shortened

_SEP_LINE = re.compile(r'"?sep=(.)"?[;,|\t ]*\r?\n?', re.IGNORECASE)
_OPTIONS = ("delimiter", "quote", "header", "columns", "skip_rows")
_CLOSE = 0.1  # two delimiters whose shares of agreeing rows differ less are equally likely


@dataclass(frozen=True)
class Layout:
    """How to read a delimited file."""

    dialect: Dialect
    skip: int
    """Lines above the first row."""
    has_header: bool
    names: list[str] | None
    """Column names, if they were given."""
    width: int
    """Number of cells of most of the first rows."""
    share: float
    """Share of the first rows with this number of cells."""
    assumptions: list[str] = field(default_factory=list)
    without_quotes: bool = False
    """Whether all of the first rows agree only if quotes are text."""


def check_no_layout(reading: ReadingConfig, source: str, what: str) -> None:
    """Check that no layout was requested of a file that is not delimited text.

    Raises:
        Problem: one was.
    """
    given = [name for name in _OPTIONS if getattr(reading, name) is not None]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        raise Problem(
            f"{option} is for delimited text, and this is {what}",
            where=source,
            mend=f"Leave out {option}.",
        )


def read_sample(text: TextFile) -> Sample:
    """The start of a text."""
    start = text.start(SAMPLE_CHARACTERS + 1)
    return Sample(start[:SAMPLE_CHARACTERS], len(start) <= SAMPLE_CHARACTERS)


def detect_layout(
    sample: Sample, source: str, reading: ReadingConfig, usual: str, among: Iterable[str] = DELIMITERS
) -> Layout:
    """Judge the layout by the first rows. What `reading` says is not judged.

    Args:
        sample: the start of the text.
        source: named in errors.
        reading: what was requested.
        usual: delimiter that the extension of the file promises.
        among: delimiters to choose from.

    Raises:
        Problem: two delimiters are equally likely, or what was requested contradicts the rows.
    """
    sep = _SEP_LINE.match(sample.text)
    skip = reading.skip_rows or 0
    if sep and reading.skip_rows is None:
        skip = 1
    named = sep[1] if sep and skip else None
    given = reading.delimiter
    spaced = given is not None and len(given) == 2 and given[1] == " "  # or a sign of several characters
    tried = [given[0] if spaced else given] if given else [named] if named else list(among)
    found = candidates(
        sample,
        tried,
        reading.quote,
        skip,
        space=spaced if given else None,
        has_titles=reading.skip_rows is None,
    )
    unusual = None if given or named else unusual_delimiter(sample, found, reading.quote, skip)
    if unusual and not is_sure(unusual):
        raise unsure_delimiter(unusual, source)
    chosen = unusual or (found[0] if len(found) == 1 else _choose(found, source, usual))
    said = []
    if not given and not named and chosen.width < 2:
        check_rare_delimiters(sample, source, reading.quote, skip)
    if not given and not named and not unusual and _is_one_column(found, chosen):
        dialect = replace(chosen.dialect, delimiter=UNIT, space=False)
        chosen = candidate(sample, dialect, skip, has_titles=False)
        why = "the first row has no delimiter, and the rows agree on none"
        said.append(assumption("one column", why, "--delimiter"))
    if sep and skip and reading.skip_rows is None:
        what = f"line 1, {shortened(sep[0].splitlines()[0], 20)!r}"
        said.append(assumption(what, "names the delimiter and is skipped", "--skip-rows"))
    elif not given and chosen.width > 1 and chosen.dialect.delimiter != usual:
        said.append(_delimiter_reason(chosen, sample))
    if given:
        check_given(sample, chosen, source, reading, skip)
    said += list(_reasons_of_quotes(chosen, reading, sample))
    if chosen.rows and reading.skip_rows is None:
        skip = chosen.rows[chosen.titles].line - 1
    names, skip, header, reasons = _names(chosen, source, reading, skip)
    return Layout(
        dialect=chosen.dialect,
        skip=skip,
        has_header=header,
        names=names,
        width=chosen.width,
        share=chosen.share,
        assumptions=said + reasons,
        without_quotes=_agrees_without_quotes(chosen, sample, skip),
    )


def _names(
    chosen: Candidate, source: str, reading: ReadingConfig, skip: int
) -> tuple[list[str] | None, int, bool, list[str]]:
    """The names if they do not stand in the first row, the lines above it, if it is a header, and reasons.

    Raises:
        Problem: what was requested contradicts the rows.
    """
    rows = chosen.rows[chosen.titles :]
    if reading.columns is None and reading.header is None and numbers_rows([row.cells for row in rows]):
        why = (
            "header: the first column, which numbers the rows, has no name in it, as R writes files "
            "(--columns with --skip-rows overrules it)."
        )
        return ["column 1", *rows[0].cells], rows[1].line - 1, False, [why]
    header, reasons = _header(chosen, source, reading)
    below, what = rows_below_header([row.cells for row in rows[:4]]) if header else (0, "")
    if below and reading.columns is None and len(rows) > below + 1:
        count = "1 row" if below == 1 else f"{below} rows"
        said = assumption(f"{count} below the header skipped", what, "--columns with --skip-rows")
        cells = enumerate(rows[0].cells, 1)
        names = [cell.strip() or f"column {place}" for place, cell in cells]
        return names, rows[below + 1].line - 1, False, [*reasons, said]
    return reading.columns, skip, header, reasons


def _choose(found: list[Candidate], source: str, usual: str) -> Candidate:
    """The delimiter on which most rows agree.

    Raises:
        Problem: several are equally likely.
    """
    several = [each for each in found if each.width > 1]
    expected = next((each for each in found if each.dialect.delimiter == usual), found[0])
    best = max((each.share for each in several), default=0.0)
    if best < 1:
        likely = [each for each in several if each.share > best - _CLOSE]
        return expected if expected in likely or not likely else max(likely, key=_merit_of)
    full = [each for each in several if each.is_full]
    ranked = sorted(full, key=merit, reverse=True)
    if len(ranked) > 1 and merit(ranked[0]) == merit(ranked[1]):
        first, second = ranked[:2]
        raise Problem(
            f"the rows agree on {first.dialect.name} ({cells_of(first.width)} each) and on "
            f"{second.dialect.name} ({cells_of(second.width)} each)",
            where=source,
            mend="Name the delimiter with --delimiter.",
        )
    return ranked[0]


def _agrees_without_quotes(chosen: Candidate, sample: Sample, skip: int) -> bool:
    if chosen.share == 1 or not chosen.dialect.mark:
        return False
    return candidate(sample, replace(chosen.dialect, quote="none"), skip, has_titles=False).is_full


def _is_one_column(found: list[Candidate], chosen: Candidate) -> bool:
    """Whether delimiters in the rows are punctuation: the first row has none, and the rows do not agree."""
    divides_first = any(len(each.rows[0].cells) != 1 for each in found if each.rows)
    return not divides_first and chosen.share < FEWEST_AGREE and len(chosen.rows) > 1


def _merit_of(found: Candidate) -> tuple[float, int]:
    return found.share, found.width


def _header(chosen: Candidate, source: str, reading: ReadingConfig) -> tuple[bool, list[str]]:
    """Whether the first row holds column names, and what is to be said about it.

    Raises:
        Problem: what was requested contradicts the rows.
    """
    table = chosen.table
    first = table[0] if table else []
    found = find_names(table, reading.text_column) if table else "usual names"
    if reading.columns is not None:
        _check_columns(reading, chosen, source, found in ("usual names", "likely"))
        return bool(reading.header), []
    if reading.header is not None:
        if not reading.header and len(list(filter(is_known_name, first))) > 1:
            raise Problem(
                f"--no-header, but the first row holds column names: {quoted(first, 5)}",
                where=place(source, "line", chosen.rows[chosen.titles].line),
                mend="Leave out --no-header, or remove the row.",
            )
        return reading.header, []
    if found == "unclear":
        raise unclear_header(first, place(source, "line", chosen.rows[chosen.titles].line))
    said = []
    if chosen.titles:
        line = chosen.rows[chosen.titles].line
        above = "line 1 holds" if line == 2 else f"lines 1 to {line - 1} hold"
        said.append(assumption(f"header in line {line}", f"{above} a title or comment", "--skip-rows"))
    return found != "none", said + reasons_of_header(found, first)


def _check_columns(reading: ReadingConfig, chosen: Candidate, source: str, is_header: bool) -> None:
    """Check column names that were given.

    Raises:
        Problem: their number is not that of the cells, or the first row seems to hold names, too.
    """
    names = reading.columns or []
    if chosen.width and len(names) != chosen.width:
        raise Problem(
            f"--columns has {cells_of(len(names), 'name')}, most rows have {cells_of(chosen.width)} "
            f"(separated by {chosen.dialect.name})",
            where=source,
            mend="Give one name for each column.",
        )
    if reading.header is None and is_header:
        raise Problem(
            f"--columns was given, but the first row looks like column names: {quoted(chosen.table[0], 5)}",
            where=place(source, "line", chosen.rows[chosen.titles].line),
            mend="Add --header to replace these names, or --no-header to read the row as data.",
        )


def _delimiter_reason(chosen: Candidate, sample: Sample) -> str:
    count = len(chosen.table)
    if chosen.share < 1:
        rows = f"{count:,} of the first {len(chosen.rows) - chosen.titles:,} rows"
    elif sample.is_whole and len(chosen.rows) < SAMPLE_ROWS:
        rows = f"all {count:,} rows"
    else:
        rows = f"the first {count:,} rows"
    what = f"delimiter {chosen.dialect.delimiter!r}"
    return assumption(what, f"{rows} have {cells_of(chosen.width)}", "--delimiter")


def _reasons_of_quotes(chosen: Candidate, reading: ReadingConfig, sample: Sample) -> Iterator[str]:
    dialect = chosen.dialect
    if reading.quote is None and dialect.quote in ("'", '\\"'):
        yield assumption(f"cells in {dialect.quote_name}", "the rows agree so", "--quote")
    if dialect.inner:
        why = "a double quote closes a cell beside a delimiter or a line end only"
        yield assumption("quotes within cells are not doubled", why, "--quote")
    if not reading.delimiter and dialect.space:
        option = f"--delimiter {shown(dialect.delimiter)}"
        yield assumption("space after the delimiter", "not part of the cells", option)
