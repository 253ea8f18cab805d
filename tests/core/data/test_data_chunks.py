"""The chunk size does not change rows, lines, warnings or problems."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from data_files import COMPRESSIONS, FORMATS, encoded, write
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import ReadingConfig
from core.data.examples.index import ExampleIndex, index_examples
from core.data.examples.reader import ExampleReader
from core.data.formats.files import DataFile, read_chunks
from core.data.tables.table import ChunkSize, RowWarnings
from core.problems import Problem

WHOLE = ChunkSize(rows=1 << 30, characters=1 << 30, block=1 << 30)
sizes = st.builds(ChunkSize, rows=st.integers(1, 5), characters=st.integers(1, 40), block=st.integers(1, 9))
cells = st.text(st.sampled_from('ab ,;\t\r\n"\0é€😀\u2028'), max_size=12)
rows = st.lists(st.tuples(cells, cells), min_size=1, max_size=9)


def read_result(
    content: bytes, name: str, size: ChunkSize, columns: list[str] | None = None, **options: Any
) -> Any:
    """Columns, rows, lines and warnings of a file with this content, or its problem."""
    warnings, found, shares = RowWarnings(), [], [0.0]
    names: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            for table in read_chunks(path, ReadingConfig(**options), columns, size):
                # Compare by repr, because NaN is not equal to itself.
                found += zip(table.lines, map(repr, zip(*table.columns.values(), strict=True)), strict=True)
                warnings.add(table.warnings)
                names.append(list(table.columns))
                shares.append(table.read_share)
                assert len(table)
        except Problem as problem:
            return str(problem).replace(folder, "")
    assert all(found_names == names[0] for found_names in names)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    return names[0], found, [sentence.replace(folder, "") for sentence in warnings.sentences()]


@pytest.mark.parametrize("extension", FORMATS)
@settings(max_examples=60, deadline=None)
@given(rows=rows, size=sizes, compression=st.sampled_from(COMPRESSIONS))
def test_the_chunk_size_does_not_change_the_rows(
    extension: str, rows: list[tuple[str, str]], size: ChunkSize, compression: str
) -> None:
    name = f"data.{extension}{compression}"
    content = encoded({"text": [text for text, _ in rows], "label": [label for _, label in rows]}, name)
    found = read_result(content, name, size)
    assert found == read_result(content, name, WHOLE)
    assert found[0] == ["text", "label"]
    assert [row for _, row in found[1]] == list(map(repr, rows))
    swapped = read_result(content, name, size, columns=["label", "text"])
    assert swapped == read_result(content, name, WHOLE, columns=["label", "text"])
    assert swapped[0] == ["label", "text"]


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(st.sampled_from('ab",\t\r\n'), max_size=60),
    extension=st.sampled_from(["csv", "tsv"]),
    size=sizes,
)
def test_the_chunk_size_does_not_change_problems_in_delimited_text(
    text: str, extension: str, size: ChunkSize
) -> None:
    content = f"a,b\tc\n{text}".encode()
    assert read_result(content, f"data.{extension}", size) == read_result(content, f"data.{extension}", WHOLE)


lines = st.sampled_from(
    ['{"a": 1}', '{"b": "é\\ud83d"}', '{"c": NaN, "a": "\u2028"}', " ", "", "\r", "[1]", "{", '{"a": [{}]}']
)


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(lines, max_size=8), extension=st.sampled_from(["json", "jsonl"]), size=sizes)
def test_the_chunk_size_does_not_change_problems_in_json(
    lines: list[str], extension: str, size: ChunkSize
) -> None:
    content = "\n".join(lines).encode()
    assert read_result(content, f"data.{extension}", size) == read_result(content, f"data.{extension}", WHOLE)


@pytest.mark.parametrize("encoding", [None, "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "shift_jis"])
@settings(max_examples=80, deadline=None)
@given(
    text=st.text(st.sampled_from("ab\r\nあ漢"), max_size=20),
    bad=st.sampled_from([b"", b"\xff", b"\x80\xff", b"\xe3\x81", b"\xd8"]),
    data=st.data(),
    size=sizes,
)
def test_chunks_may_end_inside_a_character(
    encoding: str | None, text: str, bad: bytes, data: st.DataObject, size: ChunkSize
) -> None:
    content = f"column\n{text}".encode(encoding or "utf-8")
    at = data.draw(st.integers(6, len(content)))
    content = content[:at] + bad + content[at:]
    found = read_result(content, "data.csv", size, encoding=encoding)
    assert found == read_result(content, "data.csv", WHOLE, encoding=encoding)


def facts(rows: ExampleIndex) -> tuple[Any, ...]:
    return (
        sorted(rows.labels),
        [rows.labels[number] for number in rows.numbers],
        rows.keys.tolist(),
        rows.hashes.tolist(),
        rows.first_lines,
        rows.without_text,
        rows.without_label,
        rows.warnings,
    )


label_cells = st.sampled_from(["x", " x ", "y", 1, 1.0, True, "", None])


@settings(max_examples=100, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.sampled_from(["a", "A ", " ", None, "b\0"]), label_cells), min_size=1),
    size=sizes,
)
def test_chunks_may_end_anywhere_in_a_row(pairs: list[tuple[Any, Any]], size: ChunkSize) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "a.jsonl", {"t": [t for t, _ in pairs], "l": [y for _, y in pairs]})
        read, whole = (
            index_examples(ExampleReader(DataFile(Path(path), size=used), ("t",), "l", True), "line")
            for used in (size, WHOLE)
        )
        assert facts(read) == facts(whole)
        assert read.total == len(pairs)
        chosen = read.numbers >= 0
        chosen[::2] = False
        usable = [t for t, y in pairs if t not in (" ", None) and y not in ("", None)]
        assert [text for chunk in read.texts(chosen).chunks() for text in chunk] == usable[1::2]
        assert len(read.texts(chosen)) == len(usable[1::2])
