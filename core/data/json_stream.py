"""JsonStream: the values of a JSON text one after the other, of which only a piece is in memory."""

import json
import re
from collections.abc import Iterator
from typing import Any

from core.data.decoding import LONGEST_LINE, TextFile
from core.data.table import place
from core.problems import Problem

_DECODER = json.JSONDecoder()
_LONGEST_WORD = len("-Infinity")  # as is \ud83d
_SPACE = re.compile(r"[ \t\n\r]*")


class JsonStream:
    """Reads values and the marks between them from the start of a text on.

    Args:
        text: the file.
        source: named in problems.
    """

    def __init__(self, text: TextFile, source: str) -> None:
        self._blocks = iter(text)
        self._source = source
        self._piece = ""
        self._at = 0
        self._line = 1  # on which the piece begins

    def peek(self) -> str:
        """The next character that is no white space, which stays; "" at the end."""
        while True:
            space = _SPACE.match(self._piece, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._piece):
                return self._piece[self._at]
            if not self._grow():
                return ""

    def skip(self) -> None:
        """Pass over the character that `peek` gave."""
        self._at += 1

    def value(self) -> Any:
        """The value that begins with what `peek` gave.

        Raises:
            Problem: there is none, or it is longer than any row.
        """
        while True:
            start, line = self._at, self._line
            try:
                found, end = _DECODER.raw_decode(self._piece, start)
            except json.JSONDecodeError as error:
                if not (self._may_be_cut(error) and self._grow()):
                    raise not_json(error, self._source, line + error.lineno - 1) from None
            except (ValueError, RecursionError) as error:
                raise not_json(error, self._source, None) from None
            else:
                # Of a number there may be more.
                if end < len(self._piece) or not self._grow():
                    self._at += end - start
                    return found

    def items(self) -> Iterator[Any]:
        """The items of a list, which must be all there is.

        Raises:
            Problem: it is no list, or has an item that is none, or something follows it.
        """
        self._expect("[", "Expecting a list")
        if self.peek() == "]":
            self.skip()
        else:
            while True:
                self.peek()
                yield self.value()
                if self.peek() == "]":
                    self.skip()
                    break
                self._expect(",", "Expecting ',' delimiter")
        if self.peek():
            raise self._fault("Extra data")

    def _expect(self, mark: str, otherwise: str) -> None:
        if self.peek() != mark:
            raise self._fault(otherwise)
        self.skip()

    def _fault(self, message: str) -> Problem:
        error = json.JSONDecodeError(message, self._piece, self._at)
        return not_json(error, self._source, self._line + error.lineno - 1)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether it may be no fault: only the end of a value has not been read yet."""
        return error.msg.startswith("Unterminated") or error.pos >= len(self._piece) - _LONGEST_WORD

    def _grow(self) -> bool:
        """Let go what was read, and read as much again as is left; whether there was any more.

        Raises:
            Problem: what is left is longer than any row.
        """
        self._line += self._piece.count("\n", 0, self._at)
        blocks = [self._piece[self._at :]]
        left = wanted = len(blocks[0])
        if left > LONGEST_LINE:
            raise too_large("a row", place(self._source, "line", self._line))
        self._at = 0
        grown = 0
        while grown <= wanted and (block := next(self._blocks, "")):
            blocks.append(block)
            grown += len(block)
        self._piece = "".join(blocks)
        return grown > 0


def not_json(error: Exception, source: str, line: int | None) -> Problem:
    """What is said of text that is no JSON."""
    reason = {
        json.JSONDecodeError: getattr(error, "msg", "").removesuffix(" at"),
        RecursionError: "nested too deeply",
    }.get(type(error), "a number is too long")
    return Problem(
        f"this is not JSON ({reason})",
        where=place(source, "line", line) if line else source,
        mend="A .json file holds one list of objects, a .jsonl file one object a line.",
    )


def too_large(what: str, where: str) -> Problem:
    """What is said of JSON that would have to be in memory as a whole."""
    return Problem(
        f"{what} has more than {LONGEST_LINE:,} characters",
        where=where,
        mend='Write a list of objects, [{"text": "…", "label": "…"}, …], or one object a line as .jsonl.',
    )
