"""Writers of data files in every format and compression."""

import bz2
import csv
import gzip
import io
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.data.examples.texts import TextSource
from core.data.splits import Split
from core.data.tables.table import RowWarnings

FORMATS = ["csv", "tsv", "json", "jsonl", "ndjson", "parquet"]
COMPRESSIONS = ["", ".gz", ".xz", ".zst", ".bz2"]

Columns = dict[str, list]


def _zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": _zstd,
    ".bz2": bz2.compress,
}


def delimited(
    columns: Columns, delimiter: str = ",", line_end: str = "\n", quoting: int = csv.QUOTE_ALL
) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return stream.getvalue()


def objects(columns: Columns) -> list[dict]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def parquet(columns: Columns) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def encoded(columns: Columns, name: str, line_end: str = "\n") -> bytes:
    """The content of a file `name` with these columns."""
    path = Path(name)
    compress = COMPRESS.get(path.suffix, bytes)
    kind = (path.with_suffix("") if path.suffix in COMPRESS else path).suffix
    if kind == ".parquet":
        return compress(parquet(columns))
    text = {
        ".csv": lambda: delimited(columns, ",", line_end),
        ".tsv": lambda: delimited(columns, "\t", line_end),
        ".json": lambda: json.dumps(objects(columns), indent=1),
        ".jsonl": lambda: line_end.join(json.dumps(row, ensure_ascii=False) for row in objects(columns)),
        ".ndjson": lambda: line_end.join(json.dumps(row) for row in objects(columns)),
    }[kind]()
    return compress(text.encode())


def write(folder: Path, name: str, columns: Columns) -> str:
    path = folder / name
    path.write_bytes(encoded(columns, name))
    return str(path)


def reviews(rows: int = 20) -> Columns:
    """Distinct texts with two alternating labels."""
    return {
        "text": [f"review number {row} of a book that I read" for row in range(rows)],
        "label": ["good" if row % 2 else "bad" for row in range(rows)],
    }


def all_texts(source: Split | TextSource) -> list[str]:
    """All texts of a split or file, in one list."""
    chunks = source.texts.chunks() if isinstance(source, Split) else (part.texts for part in source.chunks())
    return [text for chunk in chunks for text in chunk]


def all_warnings(source: TextSource) -> list[str]:
    """All warnings about the texts of a file."""
    warnings = RowWarnings()
    for chunk in source.chunks():
        warnings.add(chunk.warnings)
    return warnings.sentences()


def part_texts(word: str, count: int = 8) -> list[str]:
    """Texts that differ, each with `word`."""
    return [f"visit number {number} was {word}\n" for number in range(count)]
