"""DataFile: a data file of any supported format, as tables. Extension or content selects the format."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from core.config import ReadingConfig
from core.data.formats.by_content import is_json, parse_by_content
from core.data.formats.columnar.arrow import parse_arrow
from core.data.formats.columnar.parquet import parse_parquet
from core.data.formats.content import Content, Stamp, stamp
from core.data.formats.delimited.layout import check_no_layout
from core.data.formats.delimited.reader import parse_csv, parse_tsv
from core.data.formats.file_types import COMPRESSIONS, check_file_type, file_type, how_to_read
from core.data.formats.json.rows import find_json_splits, parse_json, parse_json_lines
from core.data.formats.text.text_file import TextFile
from core.data.formats.workbooks.workbook import EXTENSIONS as WORKBOOKS
from core.data.formats.workbooks.workbook import check_workbook, is_workbook, parse_workbook
from core.data.formats.zip_archive import UnusableArchive, member_name
from core.data.tables.table import Cell, ChunkSize, RowWarning, Table
from core.problems import Problem, without_home

_TextParser = Callable[[TextFile, str, Sequence[str] | None, ChunkSize], Iterator[Table]]

_TEXT_PARSERS: dict[str, _TextParser] = {
    ".csv": parse_csv,
    ".tsv": parse_tsv,
    ".tab": parse_tsv,
    ".psv": parse_csv,
    ".txt": parse_by_content,
    ".json": parse_json,
    ".jsonl": parse_json_lines,
    ".ndjson": parse_json_lines,
}
_DELIMITED = (".csv", ".tsv", ".tab", ".psv")
_COLUMNAR_PARSERS = {".parquet": parse_parquet, ".arrow": parse_arrow, ".feather": parse_arrow}
FORMATS = (*_TEXT_PARSERS, *_COLUMNAR_PARSERS, *WORKBOOKS)
"""Extensions of the supported formats."""
_UNDIVIDED = {
    ".json": "JSON",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    **dict.fromkeys(_COLUMNAR_PARSERS, "a table with types"),
}
"""Formats without a delimiter, as messages name them."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACED = "{place}: lone surrogate replaced by U+FFFD, {count} in all."


class DataFile:
    """A data file that can be read repeatedly, as long as it does not change.

    Args:
        path: of the file.
        reading: how to read it.
        size: how much to read at once.
        name: what it is called, if it is a copy.
    """

    def __init__(
        self,
        path: Path,
        reading: ReadingConfig | None = None,
        size: ChunkSize | None = None,
        name: str = "",
        part: tuple[str, ...] = (),
    ) -> None:
        self._path, self._reading, self._size = path, reading, size or ChunkSize()
        self._name, self._part = name, part
        self._stamp: Stamp | None = None

    @property
    def source(self) -> str:
        """Path of the file, or what it is called; with the split if it holds several."""
        shown = self._name or without_home(str(self._path))
        return f"{shown} [{'.'.join(self._part)}]" if self._part else shown

    @property
    def paths(self) -> Sequence[Path]:
        """The file."""
        return [self._path]

    def splits(self) -> dict[str, "DataFile"]:
        """The splits that the file holds under keys, by the names of the keys; empty if it is one table.

        Raises:
            Problem: the file cannot be read.
        """
        if split_extension(self._path)[1] != ".json":
            return {}
        _format(self._path)
        text = TextFile(self._path, self._reading or ReadingConfig(), self._size)
        return {
            name: DataFile(self._path, self._reading, self._size, self._name, part)
            for name, part in find_json_splits(text, self.source).items()
        }

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """Yield the rows as `read_chunks` does.

        Raises:
            Problem: the file cannot be read, or has changed since it was first read.
        """
        self._stamp = self._stamp or stamp(self._path)
        self._check()
        try:
            yield from read_chunks(self._path, self._reading, columns, self._size, self.source, self._part)
        except Problem as problem:
            if not self._name:
                raise
            where, mend = (
                each.replace(str(self._path), self._name) for each in (problem.where, problem.mend)
            )
            raise Problem(problem.what, where=where, mend=mend) from None
        self._check()

    def _check(self) -> None:
        if stamp(self._path) != self._stamp:
            raise Problem(
                "the file changed while it was in use",
                where=self.source,
                mend="Start again when nothing writes to it any more.",
            )


def split_extension(path: Path) -> tuple[str, str]:
    """The name of a file without extensions, and the extension of its format ("" if it is unsupported).

    The extension of a compression is dropped: `train.csv.gz` gives `("train", ".csv")`.
    """
    name = path.name
    if path.suffix.lower() in COMPRESSIONS:
        name = path.stem
    stem, dot, extension = name.rpartition(".")
    return (stem, f".{extension.lower()}") if dot and f".{extension.lower()}" in FORMATS else (name, "")


def read_chunks(
    path: Path,
    reading: ReadingConfig | None = None,
    columns: Sequence[str] | None = None,
    size: ChunkSize | None = None,
    source: str = "",
    part: tuple[str, ...] = (),
) -> Iterator[Table]:
    """Read a data file as tables of a few thousand rows.

    Every format is streamed.

    Args:
        path: the file.
        reading: how to read it; what it leaves open is detected.
        columns: columns to read, which must exist; by default all that any row has.
        size: how much to read at once.
        source: what the file is called, if not by its path.
        part: keys that lead to the split to read, of a JSON file with several.

    Raises:
        Problem: the file cannot be read; with the line if there is one.
    """
    size, reading = size or ChunkSize(), reading or ReadingConfig()
    extension, source = _format(path), source or without_home(str(path))
    if extension in WORKBOOKS:
        yield from parse_workbook(path, source, reading, columns, size)
        return
    if extension in _DELIMITED and is_json(path, reading):
        extension = ""
    if extension in _UNDIVIDED:
        check_no_layout(reading, source, _UNDIVIDED[extension])
    if parse := _COLUMNAR_PARSERS.get(extension):
        yield from parse(path, source, columns, size)
        return
    text = TextFile(path, reading, size)
    parser = partial(parse_json, part=part) if part else _TEXT_PARSERS.get(extension, parse_by_content)
    tables = parser(text, source, columns, size)
    for table in _with_dropped_lines(tables, text) if reading.drop_bad_rows else tables:
        yield _without_surrogates(table)


def _with_dropped_lines(tables: Iterator[Table], text: TextFile) -> Iterator[Table]:
    """Tables with warnings about the lines that were dropped up to the next table."""
    previous = None
    for table in tables:
        if previous is not None:
            yield previous
        previous = table
        table.warnings.extend(text.warnings)
        text.warnings.clear()
    if previous is not None:
        previous.warnings.extend(text.warnings)
        yield previous


def _format(path: Path) -> str:
    """The extension of the format; "" for text whose content selects it.

    Raises:
        Problem: the content is not of the type that the extension says, or of an unsupported type.
    """
    if is_workbook(path):
        return WORKBOOKS[0]
    extension = _extension(path)
    with Content(path) as content:
        found, its_extension = file_type(content.sample)
        if extension in WORKBOOKS:
            check_workbook(content.sample, extension, path)
        elif extension:
            check_file_type(content.sample, extension, path)
        elif found and its_extension not in FORMATS:
            supported = f"Supported are {' '.join(FORMATS)}, each also with {' '.join(COMPRESSIONS)}."
            raise Problem(f"this is {found}", where=str(path), mend=how_to_read(found, supported))
    return extension or its_extension


def _extension(path: Path) -> str:
    """The extension of a file; of a ZIP archive that of the one file in it."""
    _, extension = split_extension(path)
    if extension or path.suffix.lower() != ".zip":
        return extension
    try:
        with path.open("rb") as file:
            return split_extension(Path(member_name(file)))[1]
    except (OSError, UnusableArchive):
        return ""  # the error is raised when it is read


def _without_surrogates(table: Table) -> Table:
    """Replace lone surrogates, which JSON allows and tokenizers and files do not, by U+FFFD.

    Raises:
        Problem: a column name contains one.
    """
    for name in table.columns:
        if _has_surrogates([name]):
            raise Problem(
                f"the column name {name!r} contains a lone surrogate",
                where=table.source,
                mend="Rename the column.",
            )
    odd = {name: cells for name, cells in table.columns.items() if _has_surrogates(cells)}
    if not odd:
        return table
    lines = [
        line
        for cells in odd.values()
        for cell, line in zip(cells, table.lines, strict=True)
        if _has_surrogates([cell])
    ]
    replaced = {name: [_replace_surrogates(cell) for cell in cells] for name, cells in odd.items()}
    warning = RowWarning(_REPLACED, table.place(lines[0]), len(lines))
    return replace(table, columns=table.columns | replaced, warnings=[*table.warnings, warning])


def _replace_surrogates(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return _LONE_SURROGATE.sub("\ufffd", cell)
    if not isinstance(cell, list | dict):
        return cell
    try:
        return json.loads(_LONE_SURROGATE.sub("\ufffd", json.dumps(cell, ensure_ascii=False)))
    except RecursionError:
        raise Problem("a value is nested too deeply", mend="Keep texts and labels only.") from None


def _strings(values: list[Cell]) -> Iterator[str]:
    """All strings within lists and objects, at any depth."""
    rest = values
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            rest.extend(value)
        elif isinstance(value, dict):
            rest.extend(value)
            rest.extend(value.values())


def _has_surrogates(cells: list[Cell]) -> bool:
    try:
        try:
            "".join(cells).encode()
        except TypeError:  # not only strings, as in few columns
            nested = [cell for cell in cells if isinstance(cell, (list, dict))]
            "".join([cell for cell in cells if isinstance(cell, str)]).encode()
            "".join(_strings(nested)).encode()
    except UnicodeEncodeError:
        return True
    return False
