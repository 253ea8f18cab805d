"""Dialect: how the rows of delimited text are written, and csv readers for it."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from core.config import Quote

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""Delimiters that are detected, with their names."""
SURE = (":::", "|||", "_!_", "+++$+++", "[SEP]", "<sep>", "<SEP>")
"""Delimiters of several characters that texts do not have."""
UNIT = "\x1f"
"""Divides nothing, or stands for a delimiter of several characters: a control character that texts lack."""
_SIGNS = re.compile(r"_!_|\[SEP\]|<sep>|<SEP>|[^\w\s\"'.,;!?/()\x80-\U0010ffff]{2,9}")
LONGEST_CELL = 1 << 24
"""Maximum characters of a cell; a longer cell is an unclosed quote."""
RETURN = "\ufdd0"
"""Stands for a carriage return within a cell while rows are parsed: a code point that no text contains."""
_ESCAPE = "\\"
_QUOTES = {"'": "single quotes", '\\"': r"double quotes, escaped in a cell by \"", "none": "no quotes"}


@dataclass(frozen=True)
class Dialect:
    """How the rows of delimited text are written."""

    delimiter: str
    quote: Quote = '"'
    """`\\"`: double quotes, escaped inside a cell by a backslash."""
    space: bool = False
    """A space after the delimiter is not part of the cells."""
    newline: Literal["", "\n"] = "\n"
    """Line ends, as in `open`: with `\\n` a carriage return alone is part of a cell."""
    inner: bool = False
    """Quotes within quoted cells are not doubled: only one beside a delimiter or line end closes a cell."""

    @property
    def name(self) -> str:
        """The delimiter in words."""
        return DELIMITERS.get(self.delimiter, repr(self.delimiter))

    @property
    def quote_name(self) -> str:
        """The quotes in words."""
        return _QUOTES.get(self.quote, "double quotes")

    @property
    def mark(self) -> str:
        """The character that encloses cells; empty without quotes."""
        return "" if self.quote == "none" else self.quote[-1]

    def reader(self, lines: Iterable[str]) -> Any:
        """A strict csv reader of lines with their line ends."""
        csv.field_size_limit(LONGEST_CELL)
        if self._escapes:
            lines = self._protected(lines)
        if self.inner:
            lines = map(self._doubled, lines)
        if self.is_long:
            sign = re.compile(rf" ?{re.escape(self.delimiter)} ?")
            lines = (sign.sub(UNIT, line) for line in lines)
        return csv.reader(
            lines,
            delimiter=UNIT if self.is_long else self.delimiter,
            quotechar=self.mark or '"',
            quoting=csv.QUOTE_MINIMAL if self.mark else csv.QUOTE_NONE,
            escapechar=_ESCAPE if self._escapes else None,
            skipinitialspace=self.space,
            strict=True,
        )

    @property
    def is_long(self) -> bool:
        """Whether the delimiter has several characters. Spaces around it are not part of the cells."""
        return len(self.delimiter) > 1

    @property
    def _escapes(self) -> bool:
        """Whether a backslash escapes quotes. Single quotes are written both ways."""
        return self.quote in ("'", '\\"')

    def _doubled(self, line: str) -> str:
        """A line in which quotes within quoted cells are doubled, if they are not yet."""

        end = len(line.rstrip())

        def doubled(run: re.Match[str]) -> str:
            opens = not run.start() or line[run.start() - 1] == self.delimiter
            closes = run.end() >= end or line.startswith(self.delimiter, run.end())
            inner = len(run[0]) - opens - closes
            return run[0] if opens and closes else '"' * (opens + closes + inner + inner % 2)

        return re.sub('"+', doubled, line) if '"' in line else line

    def _protected(self, lines: Iterable[str]) -> Iterator[str]:
        """Lines in which backslashes that escape nothing are doubled: they are text, as in a path."""
        pattern = re.compile(rf"\\([\\{re.escape(self.delimiter)}{self.mark}\r\n]?)")
        for line in lines:
            yield (
                pattern.sub(lambda found: found[0] if found[1] else "\\\\", line) if _ESCAPE in line else line
            )


def long_delimiter(lines: Iterable[str]) -> str | None:
    """A delimiter of several characters that all lines hold equally often; None if there is none."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < 2:
        return None
    signs = sorted({*_SIGNS.findall(filled[0])}, key=len, reverse=True)
    return next((sign for sign in signs if _divides_all(sign, filled)), None)


def _divides_all(sign: str, lines: list[str]) -> bool:
    """Whether lines hold a sign equally often, and it is not a row of empty cells."""
    if len({line.count(sign) for line in lines}) > 1 or any(line.rstrip().endswith(sign) for line in lines):
        return False
    return "|" not in sign or not any("|" in line.replace(sign, "") for line in lines)
