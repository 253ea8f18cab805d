"""TextFile: the decoded text of a file, in blocks or lines."""

import codecs
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from core.config import ReadingConfig
from core.data.formats.content import Content
from core.data.formats.file_types import binary_file
from core.data.formats.text.encodings import advise, utf_16
from core.data.tables.table import ChunkSize, RowWarning, place
from core.problems import Problem

_BOMS = (  # UTF-32 first: its little-endian mark starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096  # bytes that are checked for binary data
_MAX_CONTROL_SHARE = 0.05  # of the sample; above it, undecodable bytes are binary data
LONGEST_LINE = 1 << 24  # characters
UNDECODABLE = re.compile("[\udc80-\udcff]")
"""Stands for a byte that does not decode, in lines that are read with drop_bad_rows."""
UNDECODABLE_LINE = "{place}: line that cannot be decoded, {count} in all; dropped."
LONE_RETURNS = re.compile(r"\r+(?=[^\r\n])")
"""Carriage returns that end no line, unless they alone end lines."""


class TextFile:
    """The text of a file. Each iteration starts at the beginning and keeps one block in memory.

    Decoded with the encoding of `reading`, or else by the byte order mark, or else as UTF-8. The mark is
    removed. `alike` are other files that are written alike, which show the encoding too.

    Raises:
        Problem: on iteration, if the file cannot be read, is binary, has bytes that do not decode (with their
            line), or the encoding is unknown.
    """

    def __init__(
        self, path: Path, reading: ReadingConfig, size: ChunkSize, alike: Sequence[Path] = ()
    ) -> None:
        self.path, self.reading, self._size = path, reading, size
        self._alike = alike
        self._encoding = reading.encoding
        self.share = 0.0
        """Share of the file read by the latest iteration, 0 to 1."""
        self.characters = 0
        """Characters read by the latest iteration."""
        self.has_marks = False
        """Whether the latest iteration over lines put marks for carriage returns or undecodable bytes."""
        self.warnings: list[RowWarning] = []
        """Lines that were dropped since these were last taken."""

    def __iter__(self) -> Iterator[str]:
        return self.blocks(lenient=self.reading.drop_bad_rows)

    def blocks(self, *, lenient: bool) -> Iterator[str]:
        """Yield the text in blocks.

        Args:
            lenient: read bytes that do not decode as lone surrogates, see `UNDECODABLE`.
        """
        with Content(self.path) as content:
            codec = self._codec(content.sample[:_SAMPLE])
            decoder = codecs.getincrementaldecoder(codec)()
            self.characters, self.has_marks = 0, False
            line = 1
            for block in _and_end(content.blocks(self._size.block)):
                state = decoder.getstate()
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeError as error:
                    self._check_is_text(content.sample[:_SAMPLE])
                    decoder.setstate(state)
                    if not lenient:
                        line += decoder.decode(block[: _good_bytes(error, block)]).count("\n")
                        raise self._undecodable(error, codec, line) from None
                    text = self._lenient(decoder, block, codec, line)
                    self.has_marks = True
                line += text.count("\n")
                if not self.characters:
                    text = text.removeprefix("\ufeff")
                self.share = content.share
                self.characters += len(text)
                if text:
                    yield text

    def start(self, characters: int) -> str:
        """Return the start of the text: at least this many characters, if there are as many."""
        start = ""
        for block in self.blocks(lenient=self.reading.drop_bad_rows):
            start += block
            if len(start) >= characters:
                break
        return start

    def lines(
        self, newline: Literal["", "\n"], source: str, *, lone_return: str = "", keeps_marks: bool = False
    ) -> Iterator[list[str]]:
        """Yield the lines of each block, with their line ends.

        With drop_bad_rows, lines that cannot be decoded are blank; `warnings` counts them.

        Args:
            newline: as in `open`: "\\n" splits at line feeds only, "" also at carriage returns.
            source: named in errors.
            lone_return: replaces carriage returns within a line.
            keeps_marks: yield lines that cannot be decoded with `UNDECODABLE` characters.

        Raises:
            Problem: a line has more than `LONGEST_LINE` characters.
        """
        rest: list[str] = []
        count = 0
        self.warnings.clear()

        def split() -> list[str]:
            joined = "".join(rest)
            if newline and lone_return and "\r" in joined and joined.count("\r") != joined.count("\r\n"):
                joined, replaced = LONE_RETURNS.subn(lambda found: lone_return * len(found[0]), joined)
                self.has_marks = self.has_marks or replaced > 0  # a block may end within a line end
            return list(io.StringIO(joined, newline=newline))

        def finished(lines: list[str]) -> list[str]:
            if keeps_marks or not self.has_marks:
                return lines
            return self._without_undecodable(lines, count, source)

        for block in self.blocks(lenient=self.reading.drop_bad_rows):
            # A carriage return at the end of the rest may be the first half of a line end.
            returns = not newline and ("\r" in block or (bool(rest) and rest[-1].endswith("\r")))
            rest.append(block)
            if "\n" not in block and not returns:
                if sum(map(len, rest)) > LONGEST_LINE:
                    raise _too_long(source, count + 1)
                continue
            lines = split()
            rest = [] if lines[-1].endswith("\n") else [lines.pop()]
            count += len(lines)
            yield finished(lines)
        if rest:
            lines = split()
            count += len(lines)
            yield finished(lines)

    def _without_undecodable(self, lines: list[str], end: int, source: str) -> list[str]:
        """The lines, of which `end` is the last, with blank ones for those that cannot be decoded."""
        found = [bool(UNDECODABLE.search(line)) for line in lines]
        first = end - len(lines) + 1
        self.warnings += [
            RowWarning(UNDECODABLE_LINE, place(source, "line", first + row))
            for row, bad in enumerate(found)
            if bad
        ]
        return ["\n" if bad else line for line, bad in zip(lines, found, strict=True)]

    def _lenient(self, decoder: codecs.IncrementalDecoder, block: bytes, codec: str, line: int) -> str:
        """Decode a block with bytes that do not decode.

        Raises:
            Problem: the codec cannot do that, as UTF-16.
        """
        decoder.errors = "surrogateescape"
        try:
            return decoder.decode(block, final=not block)
        except UnicodeError as error:
            raise self._undecodable(error, codec, line) from None
        finally:
            decoder.errors = "strict"

    def _check_is_text(self, sample: bytes) -> None:
        """Check that a file that is not UTF-8 is text.

        Raises:
            Problem: it is not.
        """
        if self._encoding is None and _control_share(sample) > _MAX_CONTROL_SHARE:
            raise binary_file(self.path)

    def _codec(self, sample: bytes) -> str:
        """The codec for a file that starts with `sample`."""
        marked = next((name for mark, name in _BOMS if sample.startswith(mark)), None)
        if self._encoding is None:
            if marked is None:
                _check_nul_bytes(sample, self.path)
                if codec := utf_16(sample):
                    raise _without_mark(codec, self.path)
            return marked or "utf-8"
        _check_encoding(self._encoding)
        name = codecs.lookup(self._encoding).name
        if name in ("utf-16", "utf-32") and marked != name:
            return f"{name}-{'le' if sys.byteorder == 'little' else 'be'}"
        return self._encoding

    def _undecodable(self, error: UnicodeError, codec: str, line: int) -> Problem:
        found = f"byte 0x{error.object[error.start]:02x}" if isinstance(error, UnicodeDecodeError) else "this"
        is_cut = isinstance(error, UnicodeDecodeError) and error.reason == "unexpected end of data"
        advice = advise((self.path, *self._alike), self._encoding, is_cut=is_cut)
        return Problem(
            f"{found} is not valid {codec.removesuffix('-sig').upper()}",
            where=place(str(self.path), "line", line),
            mend=advice,
        )


def _and_end(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks, then an empty one: the decoder may still hold an incomplete character."""
    yield from blocks
    yield b""


def _good_bytes(error: UnicodeError, block: bytes) -> int:
    """Number of bytes of `block` that decode; the decoder may have prepended earlier ones."""
    if not isinstance(error, UnicodeDecodeError):
        return 0
    return max(0, error.start - (len(error.object) - len(block)))


def _check_encoding(encoding: str) -> None:
    try:
        "a".encode(encoding).decode(encoding)
        codecs.getincrementaldecoder(encoding)
    except (LookupError, ValueError):
        raise Problem(
            f"unknown encoding {encoding!r}",
            where="--encoding",
            mend="Common encodings are utf-8, utf-16, latin-1, cp1252, shift_jis and gb18030.",
        ) from None


def _check_nul_bytes(sample: bytes, path: Path) -> None:
    if sample.count(0) <= len(sample) / 4:
        return
    if sample[::2].count(0) < len(sample) / 50:
        codec = "utf-16-le"
    elif sample[1::2].count(0) < len(sample) / 50:
        codec = "utf-16-be"
    else:
        raise binary_file(path)
    raise _without_mark(codec, path)


def _without_mark(codec: str, path: Path) -> Problem:
    return Problem(
        "this looks like UTF-16 without a byte order mark", where=str(path), mend=f"Use --encoding {codec}."
    )


def _control_share(sample: bytes) -> float:
    return sum(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in sample) / len(sample)


def _too_long(source: str, line: int) -> Problem:
    return Problem(
        f"line of more than {LONGEST_LINE:,} characters",
        where=place(source, "line", line),
        mend="Save the data with one row per line.",
    )
