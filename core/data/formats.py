"""A data file of any supported format as tables, by the ending of its name."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from core.data.decoding import TextFile
from core.data.delimited import parse_csv, parse_tsv
from core.data.json_rows import parse_json, parse_json_lines
from core.data.kinds import COMPRESSIONS, check_kind
from core.data.parquet import parse_parquet
from core.data.reading import Content, Stamp, stamp
from core.data.remarks import Remark
from core.data.table import Cell, ChunkSize, Table
from core.problems import Problem, without_home

_TextParser = Callable[[TextFile, str, Sequence[str] | None, ChunkSize], Iterator[Table]]

_TEXT_PARSERS: dict[str, _TextParser] = {
    ".csv": parse_csv,
    ".tsv": parse_tsv,
    ".json": parse_json,
    ".jsonl": parse_json_lines,
    ".ndjson": parse_json_lines,
}
FORMATS = (*_TEXT_PARSERS, ".parquet")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_HALF_A_CHARACTER = (
    "{place}: half a character (a lone surrogate) was replaced by U+FFFD, in {count} cells in all."
)


class DataFile:
    """A data file that is read again and again, for as long as nobody changes it."""

    def __init__(self, path: Path, encoding: str | None = None, size: ChunkSize | None = None) -> None:
        self._path, self._encoding, self._size = path, encoding, size or ChunkSize()
        self._stamp: Stamp | None = None

    @property
    def source(self) -> str:
        """Its path."""
        return without_home(str(self._path))

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[Table]:
        """As `read_chunks`.

        Raises:
            Problem: it cannot be read, or was changed since it was first read.
        """
        self._stamp = self._stamp or stamp(self._path)
        self._check()
        yield from read_chunks(self._path, self._encoding, columns, self._size)
        self._check()

    def _check(self) -> None:
        if stamp(self._path) != self._stamp:
            raise Problem(
                "the file was changed while it was in use",
                where=self.source,
                mend="Begin again when nothing writes to it any more.",
            )


def split_name(path: Path) -> tuple[str, str]:
    """The name of a file without its endings, and the ending that tells the format ("" when none does)."""
    name = path.name
    if path.suffix.lower() in COMPRESSIONS:
        name = path.stem
    stem, dot, ending = name.rpartition(".")
    return (stem, f".{ending.lower()}") if dot and f".{ending.lower()}" in FORMATS else (name, "")


def read_chunks(
    path: Path,
    encoding: str | None = None,
    columns: Sequence[str] | None = None,
    size: ChunkSize | None = None,
) -> Iterator[Table]:
    """Read the data file at `path` as tables of a few thousand rows; a .json file is in memory as a whole.

    Args:
        path: the file.
        encoding: what it is encoded in, if it is neither UTF-8 nor has a byte order mark.
        columns: those of the tables, which it must have; by default all that any row has.
        size: how much is read at once.

    Raises:
        Problem: whatever keeps it from being read, with the line where there is one.
    """
    size = size or ChunkSize()
    ending, source = _checked_ending(path), without_home(str(path))
    if ending == ".parquet":
        yield from parse_parquet(path, source, columns, size)
        return
    text = TextFile(path, encoding, size)
    for table in _TEXT_PARSERS[ending](text, source, columns, size):
        yield _without_surrogates(table)


def _checked_ending(path: Path) -> str:
    """The ending that tells the format, of a file that begins as such files do."""
    _, ending = split_name(path)
    with Content(path) as content:
        if not ending:
            raise Problem(
                f"the ending of {path.name!r} tells no format that can be read",
                where=str(path),
                mend=f"Known endings are {' '.join(FORMATS)}, each also with {' '.join(COMPRESSIONS)}.",
            )
        check_kind(content.sample, ending, path)
    return ending


def _without_surrogates(table: Table) -> Table:
    """JSON can spell halves of characters, which no tokenizer or file takes: they become U+FFFD.

    Raises:
        Problem: there is one in the name of a column.
    """
    for name in table.columns:
        if _has_surrogates([name]):
            raise Problem(
                f"the column name {name!r} holds half a character (a lone surrogate)",
                where=table.source,
                mend="Give the column another name.",
            )
    odd = {name: cells for name, cells in table.columns.items() if _has_surrogates(cells)}
    if not odd:
        return table
    places = [
        line
        for cells in odd.values()
        for cell, line in zip(cells, table.lines, strict=True)
        if _has_surrogates([cell])
    ]
    mended = {name: [_mended(cell) for cell in cells] for name, cells in odd.items()}
    remark = Remark(_HALF_A_CHARACTER, table.place(places[0]), len(places))
    return replace(table, columns=table.columns | mended, remarks=[*table.remarks, remark])


def _mended(cell: Cell) -> Cell:
    if isinstance(cell, list):
        return [_mended(each) for each in cell]
    return _LONE_SURROGATE.sub("\ufffd", cell) if isinstance(cell, str) else cell


def _lists(cells: list[Cell]) -> list[list[Cell]]:
    return [cell for cell in cells if isinstance(cell, list)]


def _has_surrogates(cells: list[Cell]) -> bool:
    try:
        "".join([cell for cell in chain(cells, *_lists(cells)) if isinstance(cell, str)]).encode()
    except UnicodeEncodeError:
        return True
    return False
