"""Parquet: a file to tables, with the class names that data sets of the Hub keep in it."""

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.data.kinds import COMPRESSIONS
from core.data.names import check_names
from core.data.reading import Content
from core.data.table import ChunkSize, Table
from core.problems import Problem
from core.text.plain import shortened

_MOST_BYTES = 1 << 28  # of the texts of a chunk, if they were all the longest


def parse_parquet(path: Path, source: str, columns: Sequence[str] | None, size: ChunkSize) -> Iterator[Table]:
    """Read a Parquet file by batches of rows, which have no lines: they are counted.

    A compressed one is unpacked into a temporary file, because it is not read from its start to its end.

    Raises:
        Problem: the file is damaged or has no rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    done = 0
    try:
        with _opened(path, size) as file:
            # Buffering ahead would keep whole row groups in memory.
            content = pq.ParquetFile(file, buffer_size=size.block, pre_buffer=False)
            total = content.metadata.num_rows
            if not total:
                raise Problem("there are no rows", where=source, mend="Name a file that holds data.")
            check_names(content.schema_arrow.names, source)
            names = _class_names((content.schema_arrow.metadata or {}).get(b"huggingface"))
            most = min(_batch_rows(content.metadata, size), _rows_of_longest(file, content, columns, size))
            for batch in content.iter_batches(most, columns=columns):
                cells = {name: batch.column(name).to_pylist() for name in columns or batch.schema.names}
                rows = range(done + 1, done + len(batch) + 1)
                done += len(batch)
                table = Table(source, cells, rows, "row", read_share=done / total)
                yield table.with_class_names({name: names[name] for name in cells if name in names})
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        reason = shortened(" ".join(str(error).split()).partition(". ")[0], 150)
        raise Problem(
            f"the Parquet file cannot be read ({reason})", where=source, mend="Copy or write it again."
        ) from None


@contextlib.contextmanager
def _opened(path: Path, size: ChunkSize) -> Iterator[Any]:
    if path.suffix.lower() not in COMPRESSIONS:
        yield path
        return
    with tempfile.TemporaryFile() as file, Content(path) as content:
        for block in content.blocks(size.block):
            file.write(block)
        file.seek(0)
        yield file


def _batch_rows(metadata: Any, size: ChunkSize) -> int:
    """So many rows that even those of the row group with the longest keep within the size of a chunk."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    longest = max((group.total_byte_size / group.num_rows for group in groups if group.num_rows), default=1)
    return max(1, min(size.rows, int(size.characters / max(1, longest))))


def _rows_of_longest(file: Any, content: Any, columns: Sequence[str] | None, size: ChunkSize) -> int:
    """So many rows that even the longest text which the file holds once for many rows fits a chunk."""
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
        shared = [
            chunk.path_in_schema
            for chunk in chunks
            if chunk.path_in_schema in texts.intersection(columns or texts)
            and chunk.has_dictionary_page
            # Where all that is held once is short, it is short as often as it is repeated.
            and chunk.total_uncompressed_size * size.rows > _MOST_BYTES
        ]
        if shared:
            file_of_shared = pq.ParquetFile(
                file, buffer_size=size.block, pre_buffer=False, read_dictionary=shared
            )
            first = next(file_of_shared.iter_batches(1, row_groups=[number], columns=shared), None)
            for column in first.columns if first is not None else ():
                longest = max(longest, pc.max(pc.binary_length(column.dictionary)).as_py() or 1)
    return max(1, size.characters // longest)


def _class_names(metadata: bytes | None) -> dict[str, list[str]]:
    """Class names by column, from the note that the `datasets` library leaves in its files."""
    try:
        features = json.loads(metadata or b"{}")["info"]["features"]
        return {
            column: [str(name) for name in feature["names"]]
            for column, feature in ((column, _of_lists(feature)) for column, feature in features.items())
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}  # the note is a courtesy: without it the classes keep their numbers


def _of_lists(feature: Any) -> Any:
    """What the lists of a column hold; of another column what it holds itself."""
    return feature.get("feature", feature) if isinstance(feature, dict) else feature
