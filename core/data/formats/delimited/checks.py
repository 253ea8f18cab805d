"""Checks of the delimiter that was chosen or given."""

from core.config import Quote, ReadingConfig
from core.data.formats.delimited.agreement import (
    SAMPLE_ROWS,
    Candidate,
    Sample,
    candidates,
    looks_labelled,
    merit,
)
from core.data.formats.delimited.dialect import DELIMITERS, SURE, long_delimiter
from core.data.formats.delimited.header import find_names, numbers_rows
from core.problems import Problem

FEWEST_AGREE = 0.9
"""Share of the rows that have to agree on a delimiter that the first row lacks, or that was given."""
_RARE_DELIMITERS = "^~¦§\x01"  # too rare to be chosen without a word


def check_rare_delimiters(sample: Sample, source: str, quote: Quote | None, skip: int) -> None:
    """Check that no delimiter that is not detected divides the rows.

    Raises:
        Problem: one does.
    """
    for each in candidates(sample, _RARE_DELIMITERS, quote, skip, space=None, has_titles=True):
        if each.is_full and len(each.rows) > 1:
            raise unsure_delimiter(each, source)


def unusual_delimiter(
    sample: Sample, found: list[Candidate], quote: Quote | None, skip: int
) -> Candidate | None:
    """What divides all rows instead: spaces between quoted cells, or a sign of several characters.

    Args:
        sample: the start of the text.
        found: candidates for the usual delimiters.
        quote: quote that was given.
        skip: lines to skip.
    """
    lines = [line for line in sample.lines("\n")[skip:][:SAMPLE_ROWS] if line.strip()]
    divided = None
    sign = long_delimiter(lines)
    if sign and not any(_has_labels(each) for each in found if each.dialect.delimiter not in sign):
        divided = candidates(sample, [sign], quote, skip, space=None, has_titles=False)[0]
        if divided.is_full and is_sure(divided):
            return divided
    if all(line.startswith('"') for line in lines) and not any(each.is_full for each in found):
        spaced = candidates(sample, " ", quote, skip, space=False, has_titles=False)[0]
        if spaced.is_full or numbers_rows([row.cells for row in spaced.rows]):
            return spaced
    return divided if divided and divided.is_full else None


def is_sure(found: Candidate) -> bool:
    """Whether an unusual delimiter surely divides the rows: no text has it, or there are names or labels."""
    sign = found.dialect.delimiter
    return sign in (*SURE, " ") or _has_labels(found)


def unsure_delimiter(found: Candidate, source: str) -> Problem:
    """A delimiter that may be text."""
    return Problem(
        f"{found.dialect.name} may divide the rows into {cells_of(found.width)}",
        where=source,
        mend=f"If so, give --delimiter {shown(found.dialect.delimiter)}; "
        "if not, --delimiter tab for one column.",
    )


def _has_labels(found: Candidate) -> bool:
    """Whether all rows agree, and there are names, or a column that looks like labels."""
    return found.is_full and (find_names(found.table) in ("usual names", "likely") or looks_labelled(found))


def check_given(sample: Sample, chosen: Candidate, source: str, reading: ReadingConfig, skip: int) -> None:
    """Check that a delimiter that was given divides the rows, if another does.

    Raises:
        Problem: it does not.
    """
    if chosen.width > 1 and chosen.share >= FEWEST_AGREE:
        return
    others = [mark for mark in DELIMITERS if mark != chosen.dialect.delimiter]
    found = candidates(sample, others, reading.quote, skip, space=None, has_titles=True)
    full = [each for each in found if each.is_full]
    if full:
        best = max(full, key=merit)
        raise Problem(
            f"--delimiter {shown(chosen.dialect.delimiter)} does not divide the rows alike; they agree on "
            f"{best.dialect.name} ({cells_of(best.width)} each)",
            where=source,
            mend=f"Give --delimiter {shown(best.dialect.delimiter)}, or leave it out.",
        )


def shown(delimiter: str) -> str:
    """A delimiter as it is typed on the command line."""
    return "tab" if delimiter == "\t" else f"'{delimiter}'"


def cells_of(count: int, what: str = "cell") -> str:
    """A number of cells, in words."""
    return f"1 {what}" if count == 1 else f"{count} {what}s"
