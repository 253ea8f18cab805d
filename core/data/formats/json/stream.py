"""JsonStream: the values of a JSON text, parsed one by one. Only a piece of the text is in memory."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.data.formats.text.text_file import LONGEST_LINE, TextFile
from core.data.tables.table import place
from core.problems import Problem
from core.text.plain import shortened

_DECODER = json.JSONDecoder()
_LONGEST_WORD = len("-Infinity")  # the longest token that may be cut, as is an escape like \ud83d
_SPACE = re.compile(r"[ \t\n\r]*")
SHAPES = 'Write a list of objects, [{"text": "…", "label": "…"}, …], or one object per line as .jsonl.'


class JsonStream:
    """Parses values and punctuation from the start of a text.

    Args:
        text: the file.
        source: named in errors.
    """

    def __init__(self, text: TextFile, source: str) -> None:
        self._blocks = iter(text)
        self._source = source
        self._piece = ""
        self._at = 0
        self._line = 1  # of the start of the piece

    def peek(self) -> str:
        """The next character that is not white space, without consuming it; "" at the end."""
        while True:
            space = _SPACE.match(self._piece, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._piece):
                return self._piece[self._at]
            if not self._grow():
                return ""

    def skip(self) -> None:
        """Consume the character that `peek` returned."""
        self._at += 1

    def value(self) -> Any:
        """Parse the value that starts at the character that `peek` returned.

        Raises:
            Problem: it is not JSON, or is longer than `LONGEST_LINE`.
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
                # A number at the end of the piece may continue in the next block.
                if end < len(self._piece) or not self._grow():
                    self._at += end - start
                    return found

    def items(self) -> Iterator[Any]:
        """Yield the items of the list that starts here.

        Raises:
            Problem: it is not a list, or an item is not JSON.
        """
        self._expect("[", "Expecting a list")
        if self.peek() == "]":
            self.skip()
            return
        while True:
            self.peek()
            yield self.value()
            if self._is_last("]"):
                return

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that starts here. The caller consumes each value in between.

        Raises:
            Problem: it is not an object, or a key is not JSON.
        """
        self._expect("{", "Expecting an object")
        if self.peek() == "}":
            self.skip()
            return
        while True:
            if self.peek() != '"':
                raise self._error("Expecting property name enclosed in double quotes")
            key = self.value()
            self._expect(":", "Expecting ':' delimiter")
            self.peek()
            yield key
            if self._is_last("}"):
                return

    def values(self) -> Iterator[Any]:
        """Yield all values of the text, one behind the other.

        Raises:
            Problem: a value is not JSON.
        """
        while self.peek():
            yield self.value()

    def enter(self, path: Sequence[str]) -> "JsonStream":
        """Go to the value with these keys, from an object that starts here.

        Raises:
            Problem: there is no such value any more.
        """
        for step in path:
            for key in self.members():
                if key == step:
                    break
                self.value()
            else:
                raise self._error(f"no key {shortened(step, 60)!r}")
        self.peek()
        return self

    def end(self) -> None:
        """Check that nothing follows.

        Raises:
            Problem: something does.
        """
        if self.peek():
            raise self._error("Extra data")

    def _is_last(self, close: str) -> bool:
        """Consume what follows a member: the end of its list or object, or the comma before the next."""
        if self.peek() == close:
            self.skip()
            return True
        self._expect(",", "Expecting ',' delimiter")
        return False

    def _expect(self, mark: str, otherwise: str) -> None:
        if self.peek() != mark:
            raise self._error(otherwise)
        self.skip()

    def _error(self, message: str) -> Problem:
        error = json.JSONDecodeError(message, self._piece, self._at)
        return not_json(error, self._source, self._line + error.lineno - 1)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether the error may only mean that the end of the value has not been read yet."""
        return error.msg.startswith("Unterminated") or error.pos >= len(self._piece) - _LONGEST_WORD

    def _grow(self) -> bool:
        """Drop what was consumed and double the rest. Returns False at the end of the text.

        Raises:
            Problem: the rest is longer than `LONGEST_LINE`.
        """
        self._line += self._piece.count("\n", 0, self._at)
        blocks = [self._piece[self._at :]]
        left = wanted = len(blocks[0])
        if left > LONGEST_LINE:
            raise too_large("row", place(self._source, "line", self._line))
        self._at = 0
        grown = 0
        while grown <= wanted and (block := next(self._blocks, "")):
            blocks.append(block)
            grown += len(block)
        self._piece = "".join(blocks)
        return grown > 0


def not_json(error: Exception, source: str, line: int | None) -> Problem:
    """A text that is not JSON, with the line if it is known."""
    reason = {
        json.JSONDecodeError: getattr(error, "msg", "").removesuffix(" at"),
        RecursionError: "nested too deeply",
    }.get(type(error), "a number is too long")
    return Problem(
        f"invalid JSON ({reason})",
        where=place(source, "line", line) if line else source,
        mend="A .json file holds one list of objects; a .jsonl file holds one object per line.",
    )


def too_large(what: str, where: str) -> Problem:
    """JSON that would have to be in memory as a whole."""
    return Problem(f"{what} of more than {LONGEST_LINE:,} characters", where=where, mend=SHAPES)
