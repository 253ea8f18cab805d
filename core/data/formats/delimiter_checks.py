"""Checks of the delimiter that was chosen or given."""

from core.config import Quote, ReadingConfig
from core.data.formats.agreement import SAMPLE_ROWS, Candidate, Sample, candidates, merit
from core.data.formats.dialect import DELIMITERS, long_delimiter
from core.data.formats.header import find_names
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
            raise Problem(
                f"{each.dialect.name} may divide the rows into {cells_of(each.width)}",
                where=source,
                mend=f"If so, give --delimiter {shown(each.dialect.delimiter)}; "
                "if not, --delimiter tab for one column.",
            )


def check_long_delimiter(sample: Sample, chosen: Candidate, source: str) -> None:
    """Raise a Problem if a delimiter of several characters divides the rows better than the one chosen."""
    has_names = chosen.is_full and find_names(chosen.table) in ("usual names", "likely")
    if has_names and chosen.dialect.delimiter != "|":
        return
    mark = long_delimiter(sample.lines("\n")[:SAMPLE_ROWS])
    if mark is not None:
        raise Problem(
            f"the lines are divided by {mark!r}, but a delimiter has one character",
            where=source,
            mend="Replace it with a tab in the file, or name another one with --delimiter.",
        )


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
