"""From a path to bytes and from bytes to text: compression, encodings, and files that are something else."""

import bz2
import codecs
import gzip
import lzma
import re
import zlib
from collections.abc import Callable
from pathlib import Path

from core.problems import Problem

_KINDS: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), name, ending)
    for pattern, name, ending in (
        (rb"\x1f\x8b", "a gzip file", ".gz"),
        (rb"\xfd7zXZ\x00", "an xz file", ".xz"),
        (rb"\x28\xb5\x2f\xfd", "a Zstandard file", ".zst"),
        (rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)", "a bzip2 file", ".bz2"),
        (rb"PAR1", "a Parquet file", ".parquet"),
        (rb"PK\x03\x04", "a ZIP archive or an Excel workbook", ""),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file", ""),
        (rb"%PDF-", "a PDF document", ""),
        (rb"ARROW1\x00\x00", "an Arrow file", ""),
        (rb"SQLite format 3\x00", "an SQLite database", ""),
        (rb"version https://git-lfs\.github\.com/", "a Git LFS pointer without the data", ""),
        (rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*<(!doctype\s+html|html)", "an HTML page", ""),
        (rb"(\xef\xbb\xbf)?\s*<\?xml", "an XML document", ""),
    )
)
_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096  # bytes looked at to tell text from anything else


def _decompress_zstd(data: bytes) -> bytes:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        content: bytes = stream.read()
    return content


_DECOMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".xz": lzma.decompress,
    ".zst": _decompress_zstd,
    ".bz2": bz2.decompress,
}
COMPRESSIONS = tuple(_DECOMPRESSORS)


def read_bytes(path: Path) -> bytes:
    """The content of the file at `path`, unpacked when its name ends in one of `COMPRESSIONS`.

    Raises:
        Problem: the file is missing, unreadable, empty, damaged, or not compressed as its name says.
    """
    try:
        if path.exists() and not path.is_file():
            raise Problem("this is not a file", where=str(path), mend="Name a data file.")
        data = path.read_bytes()
    except FileNotFoundError:
        raise Problem("there is no such file", where=str(path), mend="Check the path.") from None
    except OSError as error:
        raise Problem(
            f"the file cannot be read ({error.strerror})",
            where=str(path),
            mend="Check the path and its permissions.",
        ) from None
    except ValueError:
        raise Problem(
            "this cannot be the name of a file", where=repr(str(path)), mend="Check the path."
        ) from None
    ending = path.suffix.lower()
    if data and ending in _DECOMPRESSORS:
        check_kind(data, ending, path)
        try:
            data = _DECOMPRESSORS[ending](data)
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
            raise Problem(
                f"the {ending} file is damaged or cut short",
                where=str(path),
                mend="Copy or download it again.",
            ) from None
    if not data:
        raise Problem("the file is empty", where=str(path), mend="Name a file that holds data.")
    return data


def check_kind(data: bytes, ending: str, path: Path) -> None:
    """Make sure that `data` begins as files with `ending` do; text has no beginning of its own.

    Raises:
        Problem: it is something else; what, and how to name it, is said where that is known.
    """
    found, right_ending = next(((name, end) for start, name, end in _KINDS if start.match(data)), ("", ""))
    expected = next((name for _, name, end in _KINDS if end == ending), "")
    if right_ending == ending or not (found or expected):
        return
    if right_ending in COMPRESSIONS and ending not in COMPRESSIONS:
        mend = f"Give it a name that ends in {ending}{right_ending}."
    elif right_ending:
        mend = f"Give it a name that ends in {right_ending}."
    elif found:
        mend = "Save or download the data as CSV, TSV, JSON, JSON lines or Parquet."
    else:
        mend = "Give it a name that ends as its content is, for example .csv for plain text."
    what = f"but it is {found}" if found else f"but it is not {expected}"
    raise Problem(f"its name says {ending}, {what}", where=str(path), mend=mend)


def decode(data: bytes, encoding: str | None, path: Path) -> str:
    """Bytes to text: by `encoding`, else by the byte order mark, else UTF-8. A byte order mark is taken off.

    Raises:
        Problem: unknown encoding, binary data, or bytes that the encoding does not have; with its line.
    """
    if encoding is not None:
        _check_encoding(encoding)
        codec = encoding
    else:
        codec = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
        if codec == "utf-8":
            _check_nul_bytes(data[:_SAMPLE], path)
    try:
        return data.decode(codec).removeprefix("\ufeff")
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        if encoding is None and _control_share(data[:_SAMPLE]) > 0.05:
            raise _binary(path) from None
        line = data[:start].decode(codec, "replace").count("\n") + 1
        raise Problem(
            f"byte 0x{data[start]:02x} is not {codec.removesuffix('-sig').upper()}",
            where=f"{path}, line {line}",
            mend="Say what the file is encoded in with --encoding, for example --encoding cp1252.",
        ) from None


def _check_encoding(encoding: str) -> None:
    try:
        "a".encode(encoding).decode(encoding)
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
        raise _binary(path)
    raise Problem(
        "this looks like UTF-16 without a byte order mark", where=str(path), mend=f"Use --encoding {codec}."
    )


def _control_share(sample: bytes) -> float:
    return sum(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in sample) / len(sample)


def _binary(path: Path) -> Problem:
    return Problem(
        f"its name says {path.suffix.lower()}, but it holds binary data, not text",
        where=str(path),
        mend="Save the data as CSV, TSV, JSON, JSON lines or Parquet.",
    )
