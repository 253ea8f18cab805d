"""TextFile: the decoded text of a file, in blocks or lines."""

import codecs
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from core.config import ReadingConfig
from core.data.formats.content import Content
from core.data.formats.file_types import binary_file
from core.data.table import ChunkSize, place
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


class TextFile:
    """The text of a file. Each iteration starts at the beginning and keeps one block in memory.

    Decoded with the encoding of `reading`, or else by the byte order mark, or else as UTF-8. The mark is
    removed.

    Raises:
        Problem: on iteration, if the file cannot be read, is binary, has bytes that do not decode (with their
            line), or the encoding is unknown.
    """

    def __init__(self, path: Path, reading: ReadingConfig, size: ChunkSize) -> None:
        self._path, self._encoding, self._size = path, reading.encoding, size
        self.path, self.reading = path, reading
        self.share = 0.0
        """Share of the file read by the latest iteration, 0 to 1."""
        self.characters = 0
        """Characters read by the latest iteration."""

    def __iter__(self) -> Iterator[str]:
        with Content(self._path) as content:
            codec = self._codec(content.sample[:_SAMPLE])
            decoder = codecs.getincrementaldecoder(codec)()
            self.characters = 0
            line = 1
            for block in _and_end(content.blocks(self._size.block)):
                state = decoder.getstate()
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeError as error:
                    if (
                        self._encoding is None
                        and _control_share(content.sample[:_SAMPLE]) > _MAX_CONTROL_SHARE
                    ):
                        raise binary_file(self._path) from None
                    decoder.setstate(state)
                    line += decoder.decode(block[: _good_bytes(error, block)]).count("\n")
                    raise self._undecodable(error, self._encoding or codec, line) from None
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
        for block in self:
            start += block
            if len(start) >= characters:
                break
        return start

    def lines(self, newline: Literal["", "\n"], source: str) -> Iterator[list[str]]:
        """Yield the lines of each block, with their line ends.

        Args:
            newline: as in `open`: "\\n" splits at line feeds only, "" also at carriage returns.
            source: named in errors.

        Raises:
            Problem: a line has more than `LONGEST_LINE` characters.
        """
        rest: list[str] = []
        count = 0
        for block in self:
            # A carriage return at the end of the rest may be the first half of a line end.
            returns = not newline and ("\r" in block or (bool(rest) and rest[-1].endswith("\r")))
            if "\n" not in block and not returns:
                rest.append(block)
                if sum(map(len, rest)) > LONGEST_LINE:
                    raise _too_long(source, count + 1)
                continue
            lines = list(io.StringIO("".join([*rest, block]), newline=newline))
            rest = [] if lines[-1].endswith("\n") else [lines.pop()]
            count += len(lines)
            yield lines
        if rest:
            yield list(io.StringIO("".join(rest), newline=newline))

    def _codec(self, sample: bytes) -> str:
        """The codec for a file that starts with `sample`."""
        marked = next((name for mark, name in _BOMS if sample.startswith(mark)), None)
        if self._encoding is None:
            if marked is None:
                _check_nul_bytes(sample, self._path)
            return marked or "utf-8"
        _check_encoding(self._encoding)
        name = codecs.lookup(self._encoding).name
        if name in ("utf-16", "utf-32") and marked != name:
            return f"{name}-{'le' if sys.byteorder == 'little' else 'be'}"
        return self._encoding

    def _undecodable(self, error: UnicodeError, codec: str, line: int) -> Problem:
        found = f"byte 0x{error.object[error.start]:02x}" if isinstance(error, UnicodeDecodeError) else "this"
        return Problem(
            f"{found} is not valid {codec.removesuffix('-sig').upper()}",
            where=place(str(self._path), "line", line),
            mend="Give the encoding of the file with --encoding, for example --encoding cp1252.",
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
    raise Problem(
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
