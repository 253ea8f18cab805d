"""File types by magic number, whatever the extension says."""

import re
from pathlib import Path

from core.problems import Problem

COMPRESSIONS = (".gz", ".xz", ".zst", ".bz2", ".zip")
SAMPLE = 1 << 16  # bytes at the start of a file that are enough to tell its type

_SAVE_AS = "Save or download the data as CSV, TSV, JSON, JSON lines or Parquet."
_POINTER = "a Git LFS pointer without the data"
ARCHIVE_OF_FILES = "an archive of files"
"""Type of `.tar`, `.7z` and `.rar` files."""
UNPACK = "Unpack it, a .tar file with `tar -xf FILE`, and name the file or the folder."
_TO_CSV = 'Save the sheet as "CSV UTF-8", and name that file.'
_PICKLE, _SQLITE, _SQL = "a Python pickle", "an SQLite database", "an SQL dump"
_HTML = "an HTML page"
_SQL_START = (
    rb"(\s|--[^\n]*\n|/\*.{0,2000}?\*/;?)*"  # comments
    rb"(CREATE TABLE|DROP TABLE IF|INSERT INTO \S+ *(\(|VALUES)|PRAGMA \w+ *=|SET \w+ *=|BEGIN TRANSACTION;)"
)
_OFFICE = "an Excel workbook or another Office document"
_ARCHIVE = "a ZIP archive or an Excel workbook"
# Magic number, name, and extension if the program reads such files.
_TYPES: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), name, extension)
    for pattern, name, extension in (
        (rb"\x1f\x8b", "a gzip file", ".gz"),
        (rb"\xfd7zXZ\x00", "an xz file", ".xz"),
        (rb"\x28\xb5\x2f\xfd", "a Zstandard file", ".zst"),
        (rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)", "a bzip2 file", ".bz2"),
        (rb"PAR1", "a Parquet file", ".parquet"),
        (rb"PK\x03\x04.{20,40}\[Content_Types\]\.xml", _OFFICE, ""),
        (rb"PK\x03\x04", _ARCHIVE, ".zip"),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file", ""),
        (rb".{257}ustar", ARCHIVE_OF_FILES, ""),
        (rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c", ARCHIVE_OF_FILES, ""),
        (rb"%PDF-", "a PDF document", ""),
        (rb"ARROW1\x00\x00|\xff\xff\xff\xff", "an Arrow file", ".arrow"),
        (rb"\x80[\x02-\x05](\x95.{6}\x00\x00|[\]}(cK])", _PICKLE, ""),
        (rb"\x93NUMPY", "a NumPy array", ""),
        (rb"\x89HDF\r\n", "an HDF5 file", ""),
        (rb"Obj\x01", "an Avro file", ""),
        (rb"\$FL[23]@\(#\)", "an SPSS file", ""),
        (rb"<stata_dta>", "a Stata file", ""),
        (rb"(RDX|RDA)[23]\n|[XA]\n\x00\x00\x00[\x02\x03]", "an R data file", ""),
        (rb"FEA1", "a Feather file of version 1", ""),
        (rb"SQLite format 3\x00", _SQLITE, ""),
        (_SQL_START, _SQL, ""),
        (rb"version https://git-lfs\.github\.com/", _POINTER, ""),
        (rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|table\b)", _HTML, ""),
        (rb"(\xef\xbb\xbf)?\s*<\?xml", "an XML document", ""),
    )
)


_EXPORTS = {
    _OFFICE: _TO_CSV,
    ARCHIVE_OF_FILES: UNPACK,
    _POINTER: "Get the data with `git lfs pull`, in the folder of the repository.",
    _PICKLE: "It can run code when it is opened, so it is not read. Where it is from, save the table anew: "
    'df.to_parquet("data.parquet").',
    _SQLITE: 'Save the table that you need: sqlite3 -header -csv FILE "select * from TABLE" > data.csv.',
    _SQL: "Load it into its database, and save the table that you need as CSV.",
    _HTML: "It may be a login or an error. Save or download the data itself; of a page with a table, "
    'open it in a spreadsheet program, and save the sheet as "CSV UTF-8".',
}
"""How to get a table out of files that are not read."""


def file_type(sample: bytes) -> tuple[str, str]:
    """Name of the type of a file that starts with `sample`, and its extension if such files are read.

    Both are empty for text.
    """
    return next(((name, known) for magic, name, known in _TYPES if magic.match(sample)), ("", ""))


def how_to_read(found: str, otherwise: str = _SAVE_AS) -> str:
    """How to get a table out of a file of a type that is not read."""
    return _EXPORTS.get(found, otherwise)


def check_file_type(sample: bytes, extension: str, path: Path) -> None:
    """Check that a file starting with `sample` is what `extension` says. Text may start with anything.

    Raises:
        Problem: it is another type of file.
    """
    written, extension = extension, ".arrow" if extension == ".feather" else extension
    found, found_extension = file_type(sample)
    expected = next((name for _, name, known in _TYPES if known == extension), "")
    if found_extension == extension or not (found or expected):
        return
    if found_extension in COMPRESSIONS and extension not in COMPRESSIONS:
        mend = f"Rename it to end in {extension}{found_extension}."
        mend = f"{mend} {_SAVE_AS}" if found == _ARCHIVE else mend
    elif found_extension:
        mend = f"Rename it to end in {found_extension}."
    elif found:
        mend = how_to_read(found)
    else:
        mend = "Rename it by its content, for example to end in .csv for plain text."
    what = f"the extension is {written}, but this is {found or f'not {expected}'}"
    raise Problem(what, where=str(path), mend=mend)


def binary_file(path: Path) -> Problem:
    """A text file that holds binary data."""
    said = f"the extension is {path.suffix.lower()}, but this" if path.suffix else "this"
    return Problem(
        f"{said} is binary data, not text",
        where=str(path),
        mend=_SAVE_AS,
    )
