"""Parquet output: written as Arrow streams and merged when the types of all rows are known."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.data.tables.table import Cell
from core.prediction.rows import Row, as_json

_LENGTH = struct.Struct("<Q")
_ROW_GROUP_ROWS = 1 << 16
_ROW_GROUP_BYTES = 1 << 26
_PACKED = pa.ipc.IpcWriteOptions(compression="lz4")


class ParquetRows:
    """Each part is its length in bytes and an Arrow stream with its own types.

    A Parquet column has one type: one that holds the cells of all parts, or strings where there is none.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def start(self) -> bytes:
        """See `RowFormat`."""
        return b""

    def encode(self, rows: Sequence[Row]) -> bytes:
        """See `RowFormat`."""
        table = pa.table([_typed(cells) for cells in zip(*rows, strict=True)], list(self._columns))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema, options=_PACKED) as stream:
            stream.write_table(table)
        content: bytes = sink.getvalue().to_pybytes()
        return _LENGTH.pack(len(content)) + content

    def complete(self, written: Path) -> Path:
        """Merge the parts into the row groups of a Parquet file beside them; see `RowFormat`."""
        merged = written.with_name(f"{written.name}.merged")
        schema = _common_schema(written)
        try:
            while (misfit := _merge(written, schema, merged)) is not None:
                schema = schema.set(misfit, _words(schema.field(misfit)))
        except BaseException:
            merged.unlink(missing_ok=True)  # on a full disk it would take the space that is needed
            raise
        return merged


def _parts(written: Path) -> Iterator[Any]:
    """A reader for each part."""
    with written.open("rb") as stream:
        while head := stream.read(_LENGTH.size):
            (length,) = _LENGTH.unpack(head)
            yield pa.ipc.open_stream(stream.read(length))


def _common_schema(written: Path) -> Any:
    """For each column a type that holds it in all parts and that Parquet supports."""
    common: Any = None
    for part in _parts(written):
        common = part.schema if common is None else pa.schema(map(_common, common, part.schema))
    return pa.schema([field if _is_writable(field) else _words(field) for field in common])


def _common(first: Any, second: Any) -> Any:
    if first.equals(second):
        return first
    try:
        return pa.unify_schemas(
            [pa.schema([first]), pa.schema([second])], promote_options="permissive"
        ).field(0)
    except pa.ArrowException:
        return _words(first)


def _words(field: Any) -> Any:
    return pa.field(field.name, pa.string())


def _is_writable(field: Any) -> bool:
    """Whether Parquet supports the type. It has none for objects without keys, for example."""
    try:
        pq.ParquetWriter(pa.BufferOutputStream(), pa.schema([field])).close()
    except pa.ArrowException:
        return False
    return True


def _merge(written: Path, schema: Any, merged: Path) -> int | None:
    """Write all parts to `merged`. Return the index of a column whose cells do not fit, else None."""
    group: list[Any] = []
    with pq.ParquetWriter(merged, schema) as writer:
        for part in _parts(written):
            columns = []
            for index, column in enumerate(part.read_all().columns):
                try:
                    columns.append(_cast(column, schema.field(index).type))
                except pa.ArrowException:
                    return index
            group.append(pa.table(columns, schema=schema))
            rows, size = sum(map(len, group)), sum(table.nbytes for table in group)
            if rows >= _ROW_GROUP_ROWS or size >= _ROW_GROUP_BYTES:
                writer.write_table(pa.concat_tables(group), row_group_size=rows)
                group = []
        if group:
            writer.write_table(pa.concat_tables(group))
    return None


def _cast(column: Any, wanted: Any) -> Any:
    if column.type == wanted:
        return column
    if pa.types.is_string(wanted):
        return _as_words(column.to_pylist())
    return column.cast(wanted)


def _typed(cells: tuple[Cell, ...]) -> Any:
    try:
        return pa.array(cells)
    except (pa.ArrowException, OverflowError):
        return _as_words(cells)


def _as_words(cells: Sequence[Cell]) -> Any:
    """Cells as strings: JSON may mix numbers and strings in a column."""
    texts = [cell if isinstance(cell, str | None) else as_json(cell) for cell in cells]
    return pa.array(texts, pa.string())
