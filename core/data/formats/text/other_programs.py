"""Text files of other programs that are not read as they are: ARFF, Vowpal Wabbit."""

import re

from core.config import ReadingConfig
from core.problems import Problem
from core.text.plain import as_argument

_ARFF = re.compile(r"(\s|%[^\n]*\n)*@relation\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\s*@attribute\s+('[^']*'|\"[^\"]*\"|\S+)\s", re.IGNORECASE)
_DATA = re.compile(r"\s*@data\s*", re.IGNORECASE)
_VOWPAL_WABBIT = re.compile(r"-?[\d.]+( [\d.]+)*( '\S+)? \|([A-Za-z]\w*)(:[\d.]+)? \S")
_LINES = 100


def check_other_programs(start: str, source: str, reading: ReadingConfig) -> None:
    """Check that the start of a text is not a file of a program whose format is not read.

    Raises:
        Problem: it is. Says what reads it.
    """
    if reading.skip_rows is None and _ARFF.match(start):
        raise _arff(start.splitlines(), source)
    lines = start.splitlines()[:_LINES]
    found = [match for line in lines if (match := _VOWPAL_WABBIT.match(line))]
    spaces = {match[3] for match in found}
    if reading.delimiter is None and len(found) == len(lines) > 1 and len(spaces) == 1:
        space = spaces.pop()
        raise Problem(
            f"these are lines of Vowpal Wabbit, with their features behind '|{space}'",
            where=source,
            mend=f"Write tabs in place of it: sed 's/ [^|]*|{space} /\\t/' FILE > data.tsv.",
        )


def _arff(lines: list[str], source: str) -> Problem:
    names = [found[1].strip("'\"") for line in lines if (found := _ATTRIBUTE.match(line))]
    number = next((number for number, line in enumerate(lines, 1) if _DATA.fullmatch(line)), None)
    mend = "Save it as CSV."
    if number is not None:
        given = as_argument(",".join(names))
        mend = (
            f"Its rows are read with --skip-rows {number} --no-header --columns {given}, or save it as CSV."
        )
    return Problem("this is an ARFF file, as Weka writes it", where=source, mend=mend)
