"""Every format is read as it was written."""

import csv
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_files import (
    COMPRESSIONS,
    FORMATS,
    all_texts,
    all_warnings,
    delimited,
    encoded,
    reviews,
    write,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import DataConfig
from core.data.examples.texts import open_texts
from core.data.splits import load_labelled, load_splits
from core.problems import Problem

LABELS = ["bad", 'not "bad"', "so, so", "größer", "NA", "😀 fine"]

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80),
    st.text("ab \"',;|\t\r\n\\\ufeff\x85\u2028", max_size=30),
    st.sampled_from(["NA", "null", "None", "nan", "true", "1", "1.0", "[x]", "{}", "=1+1"]),
).filter(str.strip)
rows = st.lists(st.tuples(texts, st.sampled_from(LABELS)), min_size=1, max_size=8)


def load(path: Path | str, labels: list[str], **settings: object) -> list[tuple[str, str]]:
    split = load_labelled(DataConfig(train=str(path), **settings), labels)
    return [(text, labels[number]) for text, number in zip(all_texts(split), split.label_ids, strict=True)]


def outcome(load: Callable[[], Any]) -> Any:
    """The result of `load`, or the problem it raises. Other exceptions propagate."""
    try:
        return load()
    except Problem as problem:
        return problem


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("extension", FORMATS)
@settings(max_examples=25, deadline=None)
@given(rows=rows, line_end=st.sampled_from(["\n", "\r\n"]))
def test_texts_and_labels_are_read_as_written(
    extension: str, compression: str, rows: list[tuple[str, str]], line_end: str
) -> None:
    columns = {"text": [text for text, _ in rows], "label": [label for _, label in rows]}
    name = f"data.{extension}{compression}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(encoded(columns, name, line_end))
        assert load(path, LABELS) == rows
        assert all_texts(open_texts(str(path))) == columns["text"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("extension", ["csv", "tsv", "json", "jsonl"])
def test_byte_order_marks_select_the_encoding(tmp_path: Path, extension: str, encoding: str) -> None:
    columns = {"text": ["schön", "naïve\nand more"], "label": ["größer", "bad"]}
    path = tmp_path / f"data.{extension}"
    path.write_bytes(encoded(columns, path.name).decode().encode(encoding))
    assert load(path, LABELS) == [("schön", "größer"), ("naïve\nand more", "bad")]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le", "utf-16-be", "shift_jis"])
def test_other_encodings_are_read_when_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(delimited({"text": ["plain words"], "label": ["bad"]}).encode(encoding))
    assert load(path, LABELS, encoding=encoding) == [("plain words", "bad")]


@pytest.mark.parametrize("extension", ["csv", "tsv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
def test_the_delimiter_is_detected(tmp_path: Path, extension: str, delimiter: str, quoting: int) -> None:
    columns = {"text": ["one, two; three", "a | b", "c\td"], "label": ["bad", "so, so", "NA"]}
    path = tmp_path / f"data.{extension}"
    path.write_text(delimited(columns, delimiter, quoting=quoting))
    assert [text for text, _ in load(path, LABELS)] == columns["text"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_numbers_are_those_where_rows_start(tmp_path: Path, line_end: str) -> None:
    lines = ["text,label", '"two', 'lines",bad', "", '"one ""quote""",bad', "last,bad"]
    path = tmp_path / "data.csv"
    path.write_bytes(line_end.join(lines).encode())
    assert [text for text, _ in load(path, ["bad"])] == [f"two{line_end}lines", 'one "quote"', "last"]
    for row, line in (('lines",bad', 2), ('one ""quote""",bad', 5), ("last,bad", 6)):
        path.write_bytes(line_end.join(lines).replace(row, row.replace("bad", "odd")).encode())
        with pytest.raises(Problem, match=f":{line}: the model does not have the label 'odd'"):
            load(path, ["bad"])


def test_line_numbers_of_json_lines_count_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"text": "a\u2028b", "label": 1}\n\n{"text": "c", "label": 0}\n', encoding="utf-8")
    assert load(path, ["0", "1"]) == [("a\u2028b", "1"), ("c", "0")]
    with pytest.raises(Problem, match=":3: the model does not have the label '0'"):
        load(path, ["1"])


@pytest.mark.parametrize(
    "content",
    [
        [{"text": "a", "label": "bad"}, {"label": "NA", "text": "b"}],
        {"text": ["a", "b"], "label": ["bad", "NA"]},
        {"version": 1, "data": [{"text": "a", "label": "bad"}, {"text": "b", "label": "NA"}]},
        {"data": {"text": ["a", "b"], "label": ["bad", "NA"]}},
    ],
)
def test_json_of_several_structures_is_read(tmp_path: Path, content: object) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(content))
    assert load(path, LABELS) == [("a", "bad"), ("b", "NA")]


def test_json_lines_with_the_extension_json(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_bytes(encoded({"text": ["a", "b"], "label": ["bad", "NA"]}, "data.jsonl"))
    assert load(path, LABELS) == [("a", "bad"), ("b", "NA")]


def test_unpaired_quotes_in_tsv_are_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "data.tsv"
    path.write_text('text\tlabel\n"so it begins\tbad\nhe said "no" twice\tNA\n')
    assert load(path, LABELS) == [('"so it begins', "bad"), ('he said "no" twice', "NA")]
    assert all_warnings(open_texts(str(path))) == [
        f"{path}: the double quotes are not paired. They are read as text."
    ]


def test_quotes_in_tsv_that_pair_up_by_chance_give_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "data.tsv"
    path.write_text('text\tlabel\nfine\tbad\n"so it begins\tbad\nand ends"\tNA\n')
    (warning,) = all_warnings(open_texts(str(path)))
    assert ":3:" in warning
    assert "part of the text" in warning


def test_a_very_long_cell_is_read(tmp_path: Path) -> None:
    long = "word " * 400_000
    path = write(tmp_path, "data.csv", {"text": [long, "short"], "label": ["bad", "NA"]})
    assert load(path, LABELS) == [(long, "bad"), ("short", "NA")]


def test_class_names_in_parquet_are_the_labels_in_order(tmp_path: Path) -> None:
    table = pa.table({"text": reviews()["text"], "label": [0, 1] * 10})
    note = {"info": {"features": {"label": {"names": ["zero stars", "a star"], "_type": "ClassLabel"}}}}
    pq.write_table(
        table.replace_schema_metadata({"huggingface": json.dumps(note)}), tmp_path / "data.parquet"
    )
    splits = load_splits(DataConfig(train=str(tmp_path / "data.parquet")), seed=1)
    assert splits.labels == ["zero stars", "a star"]
    assert load(tmp_path / "data.parquet", splits.labels)[0][1] == "zero stars"


def test_lone_surrogates_and_nul_are_read_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    columns = reviews()
    columns["text"][3] = "half \ud83d here, whole \U0001f600 there"
    columns["text"][5] = "a \0 in the middle"
    path.write_text(
        "\n".join(json.dumps({"text": t, "label": y}) for t, y in zip(*columns.values(), strict=True))
    )
    splits = load_splits(DataConfig(train=str(path)), seed=1)
    kept = all_texts(splits.train) + all_texts(splits.validation)
    assert "half \ufffd here, whole \U0001f600 there" in kept
    assert "a \0 in the middle" in kept
    assert any(":4:" in warning and "U+FFFD" in warning for warning in splits.warnings)
    assert any(":6:" in warning and "NUL" in warning for warning in splits.warnings)


def test_nul_in_csv_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("text,label\nlong enough \0 to be a text,bad\n")
    assert load(path, LABELS) == [("long enough \0 to be a text", "bad")]


@settings(max_examples=150, deadline=None)
@given(
    content=st.binary(max_size=200),
    extension=st.sampled_from([*FORMATS, "csv.gz", "json.xz", "tsv.zst", "csv.bz2"]),
)
def test_any_bytes_give_texts_or_a_problem(content: bytes, extension: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"data.{extension}"
        path.write_bytes(content)
        found = outcome(lambda: len(all_texts(open_texts(str(path)))))
    assert "data." in str(found) if isinstance(found, Problem) else found > 0


@settings(max_examples=150, deadline=None)
@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["text", "label", "data", "x"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_any_json_gives_splits_or_a_problem(content: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.json"
        path.write_text(json.dumps(content))
        found = outcome(lambda: load_splits(DataConfig(train=str(path)), seed=1))
    assert "data.json" in str(found) if isinstance(found, Problem) else len(found.labels) > 1


def test_texts_to_predict_keep_every_row_and_column(tmp_path: Path) -> None:
    path = write(tmp_path, "in.jsonl", {"id": [7, 8, 9], "text": ["one", "", None]})
    found = open_texts(path)
    rows = [row for chunk in found.chunks() for row in chunk.rows]
    assert (found.columns, rows) == (["id", "text"], [(7, "one"), (8, ""), (9, None)])
    assert (all_texts(found), found.text_column) == (["one", "", ""], "text")
    assert any(":2:" in warning and "2 in all" in warning for warning in all_warnings(found))
