"""Delimited text: text → tables. The first rows decide the layout."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.data.formats.delimited.layout import Layout, detect_layout, read_sample
from core.data.formats.delimited.rows import tables
from core.data.formats.text.other_programs import check_other_programs
from core.data.formats.text.plain_lines import is_fast_text, parse_fast_text
from core.data.formats.text.text_file import TextFile
from core.data.tables.table import ChunkSize, RowWarning, Table
from core.problems import Problem

_UNPAIRED_QUOTES = "{place}: the double quotes are not paired. They are read as text."
_LONG_CELL = (
    "{place}: the cell that starts here contains tabs and line breaks. "
    "If its double quotes are part of the text, double them or save the file as CSV."
)


def parse_csv(text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
    """Read comma-separated text, or text with another delimiter on which the first rows agree.

    Raises:
        Problem: no rows, an unclosed quote, or a row with too many or too few cells; with its line.
    """
    return _parse(text, source, columns, size, usual="|" if ".psv" in text.path.suffixes else ",")


def parse_tsv(text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
    """Read tab-separated text. If the quotes are not paired, they are read as part of the text.

    Raises:
        Problem: as `parse_csv`.
    """
    return _parse(text, source, columns, size, usual="\t")


def _parse(
    text: TextFile, source: str, columns: Sequence[str] | None, size: ChunkSize, usual: str
) -> Iterator[Table]:
    sample = read_sample(text)
    check_other_programs(sample.text, source, text.reading)
    if text.reading.delimiter is None and is_fast_text(sample.text):
        yield from parse_fast_text(text, source, columns, size)
        return
    yield from parse_rows(text, detect_layout(sample, source, text.reading, usual), source, columns, size)


def parse_rows(
    text: TextFile, layout: Layout, source: str, columns: Sequence[str] | None, size: ChunkSize
) -> Iterator[Table]:
    """Read delimited text of a known layout.

    Raises:
        Problem: as `parse_csv`.
    """
    if layout.dialect.delimiter != "\t" or text.reading.quote is not None or layout.dialect.mark == "'":
        yield from tables(text, source, layout, columns, size)
        return
    dialect = layout.dialect
    if dialect.quote != '\\"':
        dialect = replace(dialect, quote='"' if _are_paired(text, source, layout, size) else "none")
    warnings = [RowWarning(_UNPAIRED_QUOTES, source)] if dialect.quote == "none" else []
    for table in tables(text, source, replace(layout, dialect=dialect), columns, size):
        if dialect.quote != "none":
            warnings = _long_cell_warnings(table)
        table.warnings.extend(warnings)
        warnings = []
        yield table


def _are_paired(text: TextFile, source: str, layout: Layout, size: ChunkSize) -> bool:
    """Whether double quotes enclose cells. Reads the whole file if it has any.

    Raises:
        Problem: the rows cannot be read either way.
    """
    if not any('"' in block for block in text):
        return True
    paired, as_text = (
        replace(layout, dialect=replace(layout.dialect, quote=quote)) for quote in ('"', "none")
    )
    try:
        for _ in tables(text, source, paired, None, size):
            pass
    except Problem as problem:
        try:
            for _ in tables(text, source, as_text, None, size):
                pass
        except Problem:
            raise problem from None
        return False
    return True


def _long_cell_warnings(table: Table) -> list[RowWarning]:
    """A warning about cells that may hold several rows: quotes in the texts can pair up by chance."""
    found = [
        line
        for cells in table.columns.values()
        for cell, line in zip(cells, table.lines, strict=True)
        if "\t" in cell and "\n" in cell
    ]
    return [RowWarning(_LONG_CELL, table.place(min(found)))] if found else []
