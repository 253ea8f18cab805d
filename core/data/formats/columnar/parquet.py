"""Parquet: a file → tables, with the class names that the `datasets` library stores in it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.data.formats.columnar.access import class_names, random_access, unreadable
from core.data.tables.table import ChunkSize, Table, check_column_names
from core.problems import Problem

_MAX_CHUNK_BYTES = 1 << 28  # if all texts of a chunk were as long as the longest


def parse_parquet(path: Path, source: str, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
    """Read a Parquet file in batches. Positions are row numbers.

    A compressed file is decompressed into a temporary file, because Parquet needs random access.

    Raises:
        Problem: the file is damaged or has no rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    done = 0
    try:
        with random_access(path, size) as file:
            # Pre-buffering would keep whole row groups in memory.
            content = pq.ParquetFile(file, buffer_size=size.block, pre_buffer=False)
            total = content.metadata.num_rows
            if not total:
                raise Problem("no rows", where=source, mend="Name a file with data.")
            check_column_names(content.schema_arrow.names, source)
            names = class_names((content.schema_arrow.metadata or {}).get(b"huggingface"))
            most = min(_batch_rows(content.metadata, size), _rows_of_longest(file, content, columns, size))
            for batch in content.iter_batches(most, columns=columns):
                cells = {name: batch.column(name).to_pylist() for name in columns or batch.schema.names}
                rows = range(done + 1, done + len(batch) + 1)
                done += len(batch)
                table = Table(source, cells, rows, "row", read_share=done / total)
                yield table.with_class_names({name: names[name] for name in cells if name in names})
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise unreadable("Parquet", error, source) from None


def _batch_rows(metadata: Any, size: ChunkSize) -> int:
    """Batch size with which the row group of the longest rows stays within the size of a chunk."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    longest = max((group.total_byte_size / group.num_rows for group in groups if group.num_rows), default=1)
    return max(1, min(size.rows, int(size.characters / max(1, longest))))


def _rows_of_longest(file: Any, content: Any, columns: Sequence[str] | None, size: ChunkSize) -> int:
    """Batch size with which a chunk stays small even if every row is the longest text of a dictionary.

    Dictionary encoding stores a repeated text once, so the size of a row group says little about its rows.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    texts = {
        field.name
        for field in content.schema_arrow
        if pa.types.is_string(field.type) or pa.types.is_binary(field.type)
    }
    longest = 1
    for number in range(content.metadata.num_row_groups):
        group = content.metadata.row_group(number)
        chunks = [group.column(index) for index in range(group.num_columns)]
        dictionaries = [
            chunk.path_in_schema
            for chunk in chunks
            if chunk.path_in_schema in texts.intersection(columns or texts)
            and chunk.has_dictionary_page
            # A small dictionary has no long texts.
            and chunk.total_uncompressed_size * size.rows > _MAX_CHUNK_BYTES
        ]
        if dictionaries:
            dictionary_file = pq.ParquetFile(
                file, buffer_size=size.block, pre_buffer=False, read_dictionary=dictionaries
            )
            first = next(dictionary_file.iter_batches(1, row_groups=[number], columns=dictionaries), None)
            for column in first.columns if first is not None else ():
                longest = max(longest, pc.max(pc.binary_length(column.dictionary)).as_py() or 1)
    return max(1, size.characters // longest)
