"""A data file of any supported format to a table, by the ending of its name."""

import re
from dataclasses import replace
from pathlib import Path

from core.data.delimited import parse_csv, parse_tsv
from core.data.json_rows import parse_json, parse_json_lines
from core.data.parquet import parse_parquet
from core.data.reading import COMPRESSIONS, check_kind, decode, read_bytes
from core.data.table import Cell, Table
from core.problems import Problem

_TEXT_PARSERS = {
    ".csv": parse_csv,
    ".tsv": parse_tsv,
    ".json": parse_json,
    ".jsonl": parse_json_lines,
    ".ndjson": parse_json_lines,
}
FORMATS = (*_TEXT_PARSERS, ".parquet")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def split_name(path: Path) -> tuple[str, str]:
    """The name of a file without its endings, and the ending that tells the format ("" when none does)."""
    name = path.name
    if path.suffix.lower() in COMPRESSIONS:
        name = path.stem
    stem, dot, ending = name.rpartition(".")
    return (stem, f".{ending.lower()}") if dot and f".{ending.lower()}" in FORMATS else (name, "")


def read_table(path: Path, encoding: str | None = None) -> Table:
    """Read the data file at `path`.

    Raises:
        Problem: whatever keeps it from being read, with the line where there is one.
    """
    _, ending = split_name(path)
    data = read_bytes(path)
    if not ending:
        raise Problem(
            f"the ending of {path.name!r} tells no format that can be read",
            where=str(path),
            mend=f"Known endings are {' '.join(FORMATS)}, each also with {' '.join(COMPRESSIONS)}.",
        )
    check_kind(data, ending, path)
    if ending == ".parquet":
        return parse_parquet(data, str(path))
    return _without_surrogates(_TEXT_PARSERS[ending](decode(data, encoding, path), str(path)))


def _without_surrogates(table: Table) -> Table:
    """JSON can spell halves of characters, which no tokenizer or file takes: they become U+FFFD."""
    places: list[int] = []

    def mended(cell: Cell, line: int) -> Cell:
        if not isinstance(cell, str) or cell.isascii() or not _LONE_SURROGATE.search(cell):
            return cell
        places.append(line)
        return _LONE_SURROGATE.sub("\ufffd", cell)

    columns = {
        mended(name, 1): [mended(cell, line) for cell, line in zip(cells, table.lines, strict=True)]
        for name, cells in table.columns.items()
    }
    if not places:
        return table
    warning = (
        f"{table.place(places[0])}: half a character (a lone surrogate) was replaced by U+FFFD, "
        f"in {len(places):,} cells in all."
    )
    return replace(table, columns=columns, warnings=[*table.warnings, warning])
