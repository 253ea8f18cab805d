"""From bytes to text: encodings, byte order marks, and bytes that are no text."""

import codecs
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from core.data.kinds import binary
from core.data.reading import Content
from core.data.table import ChunkSize
from core.problems import Problem

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096  # bytes looked at to tell text from anything else
LONGEST_LINE = 1 << 24  # characters: what is longer is no line


class TextFile:
    """The text of a file in blocks. Iterating over it begins again, and keeps one block in memory.

    It is decoded by `encoding`, else by the byte order mark, else as UTF-8; a byte order mark is taken off.

    Raises:
        Problem: on iteration; it cannot be read, is binary, the encoding is unknown, or there are bytes that
            the encoding does not have, with their line.
    """

    def __init__(self, path: Path, encoding: str | None, size: ChunkSize) -> None:
        self._path, self._encoding, self._size = path, encoding, size
        self.share = 0.0
        """How much of the file the latest iteration has read, 0 to 1."""
        self.characters = 0
        """How many characters that were."""

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
                    if self._encoding is None and _control_share(content.sample[:_SAMPLE]) > 0.05:
                        raise binary(self._path) from None
                    decoder.setstate(state)
                    line += decoder.decode(block[: _good_bytes(error, block)]).count("\n")
                    raise self._not_decodable(error, self._encoding or codec, line) from None
                line += text.count("\n")
                if not self.characters:
                    text = text.removeprefix("\ufeff")
                self.share = content.share
                self.characters += len(text)
                if text:
                    yield text

    def start(self, characters: int) -> str:
        """At least so many characters of its start, if it has them."""
        start = ""
        for block in self:
            start += block
            if len(start) >= characters:
                break
        return start

    def lines(self, newline: Literal["", "\n"], source: str) -> Iterator[list[str]]:
        """Its lines with their ends, those of a block at a time.

        Args:
            newline: what ends a line: a line feed, or with "" also a carriage return and both together.
            source: named in the Problem.

        Raises:
            Problem: a line is so long that it can be none.
        """
        rest: list[str] = []
        count = 0
        for block in self:
            # A carriage return at the end of what is left may be the first half of a line end.
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
        """The codec that decodes a file which begins with `sample`."""
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

    def _not_decodable(self, error: UnicodeError, codec: str, line: int) -> Problem:
        found = f"byte 0x{error.object[error.start]:02x}" if isinstance(error, UnicodeDecodeError) else "this"
        return Problem(
            f"{found} is not {codec.removesuffix('-sig').upper()}",
            where=f"{self._path}, line {line}",
            mend="Say what the file is encoded in with --encoding, for example --encoding cp1252.",
        )


def _and_end(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks and an empty one: the decoder may still wait for the rest of a character."""
    yield from blocks
    yield b""


def _good_bytes(error: UnicodeError, block: bytes) -> int:
    """How many bytes of `block` can be decoded; the decoder may have put earlier ones before it."""
    if not isinstance(error, UnicodeDecodeError):
        return 0
    return max(0, error.start - (len(error.object) - len(block)))


def _check_encoding(encoding: str) -> None:
    try:
        "a".encode(encoding).decode(encoding)
        codecs.getincrementaldecoder(encoding)
    except (LookupError, ValueError):
        raise Problem(
            f"{encoding!r} is not an encoding that is known here",
            where="--encoding",
            mend="Common ones are utf-8, utf-16, latin-1, cp1252, shift_jis and gb18030.",
        ) from None


def _check_nul_bytes(sample: bytes, path: Path) -> None:
    if sample.count(0) <= len(sample) / 4:
        return
    if sample[::2].count(0) < len(sample) / 50:
        codec = "utf-16-le"
    elif sample[1::2].count(0) < len(sample) / 50:
        codec = "utf-16-be"
    else:
        raise binary(path)
    raise Problem(
        "this looks like UTF-16 without a byte order mark", where=str(path), mend=f"Use --encoding {codec}."
    )


def _control_share(sample: bytes) -> float:
    return sum(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in sample) / len(sample)


def _too_long(source: str, line: int) -> Problem:
    return Problem(
        f"this line has more than {LONGEST_LINE:,} characters",
        where=f"{source}, line {line}",
        mend="Save the data with one row a line.",
    )
