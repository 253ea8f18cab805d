"""What a file is by its first bytes, whatever its name says."""

import re
from pathlib import Path

from core.problems import Problem

COMPRESSIONS = (".gz", ".xz", ".zst", ".bz2")
SAMPLE = 1 << 16  # bytes at the start of a file that tell what it is

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


def check_kind(sample: bytes, ending: str, path: Path) -> None:
    """Make sure that a file which starts with `sample` is what `ending` says; text may start as it likes.

    Raises:
        Problem: it is something else; what, and how to name it, is said where that is known.
    """
    found, right_ending = next(((name, end) for start, name, end in _KINDS if start.match(sample)), ("", ""))
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


def binary(path: Path) -> Problem:
    """What is said of a file that should hold text and does not."""
    return Problem(
        f"its name says {path.suffix.lower()}, but it holds binary data, not text",
        where=str(path),
        mend="Save the data as CSV, TSV, JSON, JSON lines or Parquet.",
    )
