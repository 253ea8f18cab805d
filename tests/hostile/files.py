"""Valid files of every format, from which malformed ones are made."""

import bz2
import contextlib
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

Content = bytes | Iterator[bytes]
"""The bytes of a file, or blocks that are compressed as its extension says."""

ROWS = [{"text": f"review number {row} was long enough", "label": f"label {row % 2}"} for row in range(12)]


def zstd(data: bytes) -> bytes:
    """Compress `data` with Zstandard."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue().to_pybytes())


def parquet(columns: dict[str, Any], note: bytes = b"") -> bytes:
    """A Parquet file with metadata as on the Hub."""
    sink = io.BytesIO()
    table = pa.table(columns)
    noted = table.replace_schema_metadata({b"huggingface": note}) if note else table
    pq.write_table(noted, sink, store_schema=False)
    return sink.getvalue()


def repeated(text: str, count: int) -> Any:
    """A column for `parquet` of one repeated text, which the file stores once."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array([text]))


def arrow(*, is_stream: bool) -> bytes:
    """An Arrow file, or a stream, of two batches."""
    table = pa.table({name: [row[name] for row in ROWS] for name in ("text", "label")})
    sink = io.BytesIO()
    new = pa.ipc.new_stream if is_stream else pa.ipc.new_file
    with new(sink, table.schema) as written:
        written.write_table(table, max_chunksize=8)
    return sink.getvalue()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as written:
        for name, content in files.items():
            written.writestr(zipfile.ZipInfo(name), content, method)
    return sink.getvalue()


def workbook() -> bytes:
    """A workbook of one sheet, not compressed, so that changed bytes reach its XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    lines = [("text", "label"), *((row["text"], row["label"]) for row in ROWS)]
    rows = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{column}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for column, cell in zip("AB", cells, strict=True)
        )
        + "</row>"
        for number, cells in enumerate(lines, 1)
    )
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{links}/worksheet" Target="worksheets/1.xml"/></Relationships>',
        "xl/worksheets/1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    return zipped({name: text.encode() for name, text in parts.items()}, zipfile.ZIP_STORED)


def open_document() -> bytes:
    """A workbook of LibreOffice with one sheet, not compressed."""
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(f'xmlns:{name}="{names}{name}:1.0"' for name in ("office", "table", "text"))
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    lines = [("text", "label"), *((row["text"], row["label"]) for row in ROWS)]
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in cells
        )
        + "</table:table-row>"
        for cells in lines
    )
    parts = {
        "mimetype": kind,
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{names}manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        "content.xml": f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="a">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>",
    }
    return zipped({name: text.encode() for name, text in parts.items()}, zipfile.ZIP_STORED)


def _delimited(delimiter: str) -> bytes:
    rows = "".join(f'"{row["text"]}"{delimiter}{row["label"]}\n' for row in ROWS)
    return f"text{delimiter}label\n{rows}".encode()


CONTENT: dict[str, bytes] = {
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".json": json.dumps(ROWS).encode(),
    ".jsonl": "".join(json.dumps(row) + "\n" for row in ROWS).encode(),
    ".parquet": parquet({name: [row[name] for row in ROWS] for name in ("text", "label")}),
}

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".xz": lzma.compress,
    ".zst": zstd,
    ".bz2": bz2.compress,
}


@contextlib.contextmanager
def packed(path: Path) -> Iterator[IO[bytes] | Any]:
    """A stream into a file, compressed as its extension says, at the fastest level."""
    match path.suffix:
        case ".gz":
            with gzip.open(path, "wb", compresslevel=1) as stream:
                yield stream
        case ".xz":
            with lzma.open(path, "wb", preset=0) as stream:
                yield stream
        case ".bz2":
            with bz2.open(path, "wb", compresslevel=1) as stream:
                yield stream
        case ".zst":
            with pa.CompressedOutputStream(str(path), "zstd") as stream:
                yield stream
        case _:
            with path.open("wb") as stream:
                yield stream
