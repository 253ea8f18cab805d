"""Workbooks of Excel and LibreOffice: a sheet → tables. Positions are row numbers, as they show them."""

import errno
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from core.config import ReadingConfig
from core.data.formats.content import Content, stamp
from core.data.formats.file_types import COMPRESSIONS, file_type, how_to_read
from core.data.formats.workbooks import rows as workbook_rows
from core.data.formats.workbooks.header import SheetHeader, find_header
from core.data.tables.table import ChunkSize, Table, assumption
from core.files.copies import keep_copy
from core.problems import Problem
from core.text.plain import quoted, shortened

EXTENSIONS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A file in a ZIP archive that only a workbook has, or the beginning of one.
_PARTS = ("xl/workbook.", "xl/worksheets/")
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_MOST_BYTES = 1 << 29  # of a workbook, decompressed
_SAVE_AS = 'Save the sheet as "CSV UTF-8", and name that file.'
_SAMPLE_ROWS = 1000
_SAMPLE_BYTES = 1 << 12
_RENAMED = assumption("read as a workbook", "its content is one, whatever its name")


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook by its content, whatever its name."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            start = file.read(_SAMPLE_BYTES)
        if start.startswith(_COMPOUND):
            return path.suffix.lower() != ".doc"
        if not start.startswith(_ZIP):
            return False
        if _OPEN_DOCUMENT in start:
            return True
        try:
            with zipfile.ZipFile(path) as archive:
                return any(name.startswith(_PARTS) for name in archive.namelist())
        except (ValueError, zipfile.BadZipFile, NotImplementedError):
            return any(part.encode() in start for part in _PARTS)  # a damaged one
    except OSError:
        return False


def check_workbook(sample: bytes, extension: str, path: Path) -> None:
    """Check that a file that starts with `sample` can be a workbook.

    Raises:
        Problem: it is none.
    """
    if not sample.startswith((_ZIP, _COMPOUND)):
        found, its_extension = file_type(sample)
        raise Problem(
            f"the extension is {extension}, but this is {found or 'no workbook'}",
            where=str(path),
            mend=how_to_read(found)
            if found and not its_extension
            else "Rename it by its content, for example to end in .csv for plain text.",
        )


def parse_workbook(
    path: Path, source: str, reading: ReadingConfig, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read a sheet: the one that `reading.subset` names, or else the first visible one with rows.

    Raises:
        Problem: the workbook is unreadable or too large, there is no such sheet, or the sheet has no rows.
    """
    rows = _rows(path, source, reading.subset)
    notes = [] if {*map(str.lower, path.suffixes)} & {*EXTENSIONS, ".zip"} else [_RENAMED]
    found = next(rows)
    notes += _choose_sheet(found, reading.subset, source)
    sample = list(islice(rows, _SAMPLE_ROWS))
    others = [name for name in found["with_rows"] if name != found["sheet"]]
    header = find_header(sample, reading, f"{source}, sheet {found['sheet']!r}", others)
    notes += header.notes
    chunk: list[list[str]] = []
    lines: list[int] = []
    characters, is_empty = 0, True
    for number, *cells in chain(sample[header.skipped :], rows):
        chunk.append(header.cells(cells, number, source))
        lines.append(number)
        characters += sum(map(len, cells))
        if len(chunk) == size.rows or characters >= size.characters:
            yield _table(source, header, chunk, lines, columns, notes)
            chunk, lines, notes, characters, is_empty = [], [], [], 0, False
    if chunk:
        yield _table(source, header, chunk, lines, columns, notes)
    elif is_empty:
        raise Problem(
            "no rows below the header", where=source, mend="Name a sheet with data: --subset SHEET."
        )


def _table(
    source: str,
    header: SheetHeader,
    rows: list[list[str]],
    lines: list[int],
    columns: Sequence[str] | None,
    notes: list[str],
) -> Table:
    cells = dict(zip(header.names, map(list, zip(*rows, strict=True)), strict=True))
    chosen = cells if columns is None else {name: cells[name] for name in columns}
    return Table(source, chosen, lines, "row", assumptions=notes)


def _choose_sheet(found: dict[str, Any], wanted: str | None, source: str) -> list[str]:
    """Check the sheet that was chosen; return what is assumed about it."""
    sheets, with_rows, chosen = found["sheets"], found["with_rows"], found["sheet"]
    if wanted is not None and chosen != wanted:
        raise Problem(
            f"no sheet {wanted!r}, only {quoted(sheets)}", where=source, mend="Choose one with --subset."
        )
    if chosen is None:
        raise Problem("no sheet with rows", where=source, mend="Name a file with data.")
    if wanted is not None or with_rows == [chosen]:
        return []
    others = quoted([name for name in with_rows if name != chosen], 5)
    return [assumption(f"sheet {chosen!r}", f"the first with several rows; not read: {others}", "--subset")]


def _rows(path: Path, source: str, sheet: str | None) -> Iterator[Any]:
    """What `workbook_rows` says about a workbook: the sheets, then a list for each row.

    Raises:
        Problem: as for `parse_workbook`.
    """
    if importlib.util.find_spec("python_calamine") is None:
        raise Problem(
            "reading a workbook needs python-calamine",
            where=source,
            mend=f'Install it: pip install "bertcls-tui[excel]". Or: {_SAVE_AS}',
        )
    version = f"{stamp(path)} {sheet}"
    kept = keep_copy(
        str(path.absolute()), version, "rows.jsonl", partial(_convert, path, source, sheet), "sheets"
    )
    with kept.open("rb") as file:
        yield from map(msgspec.json.Decoder().decode, file)


def _convert(path: Path, source: str, sheet: str | None, target: Path) -> None:
    if path.suffix.lower() not in COMPRESSIONS or is_workbook(path):
        _run(path, source, sheet, target)
        return
    with tempfile.NamedTemporaryFile() as whole, Content(path) as content:
        done = 0
        for block in content.blocks(1 << 20):
            done += whole.write(block)
            if done > _MOST_BYTES:
                raise _too_large(source)
        whole.flush()
        _run(Path(whole.name), source, sheet, target)


def _run(path: Path, source: str, sheet: str | None, target: Path) -> None:
    _check_size(path, source)
    program = Path(workbook_rows.__file__)
    command = [
        sys.executable,
        "-P",
        str(program),
        str(path.absolute()),
        *([sheet] if sheet is not None else []),
    ]
    with target.open("wb") as file:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, check=False
        )
    if done.returncode == workbook_rows.REFUSED:
        reason = shortened(" ".join(done.stderr.decode(errors="replace").split()), 150).rstrip(".")
        raise Problem(f"cannot read the workbook ({reason})", where=source, mend=_SAVE_AS)
    if done.returncode == workbook_rows.UNWRITTEN:
        number = int(done.stderr)
        if number == errno.EFBIG and target.stat().st_size >= workbook_rows.MOST_WRITTEN:
            raise _too_large(source)
        raise OSError(number, os.strerror(number))
    if done.returncode == -signal.SIGXCPU:
        minutes = workbook_rows.MOST_SECONDS // 60
        raise Problem(f"the workbook takes more than {minutes} minutes", where=source, mend=_SAVE_AS)
    if done.returncode:
        raise Problem("the workbook is damaged, or needs too much memory", where=source, mend=_SAVE_AS)


def _check_size(path: Path, source: str) -> None:
    total = path.stat().st_size
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                total = sum(info.file_size for info in archive.infolist())
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
            raise Problem("the workbook is damaged", where=source, mend="Copy or save it again.") from None
    if total > _MOST_BYTES:
        raise _too_large(source)


def _too_large(source: str) -> Problem:
    return Problem(f"workbook of more than {_MOST_BYTES >> 20} MiB", where=source, mend=_SAVE_AS)
