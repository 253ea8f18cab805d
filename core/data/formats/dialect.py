"""Dialect: how the rows of delimited text are written, and csv readers for it."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from core.config import Quote

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""Delimiters that are detected, with their names."""
_LONG = ("+++$+++", "|||", "||", ":::", "::", "+++", "++", "@@", "##", "~~", "^^", "[SEP]", "<sep>", "<SEP>")
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
        return csv.reader(
            self._protected(lines) if self._escapes else lines,
            delimiter=self.delimiter,
            quotechar=self.mark or '"',
            quoting=csv.QUOTE_MINIMAL if self.mark else csv.QUOTE_NONE,
            escapechar=_ESCAPE if self._escapes else None,
            skipinitialspace=self.space,
            strict=True,
        )

    @property
    def _escapes(self) -> bool:
        """Whether a backslash escapes quotes. Single quotes are written both ways."""
        return self.quote in ("'", '\\"')

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
    return next(
        (
            mark
            for mark in _LONG
            if len({line.count(mark) for line in filled} - {0}) == 1 and all(mark in line for line in filled)
        ),
        None,
    )
