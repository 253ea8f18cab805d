"""Files of any size are streamed, and must not change while they are used."""

import json
import os
import pickle
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_files import Columns, all_texts, encoded, reviews, write

from core.config import DataConfig, ReadingConfig
from core.data.examples.texts import open_texts
from core.data.formats.files import read_chunks
from core.data.splits import load_labelled, load_splits
from core.data.tables.table import ChunkSize
from core.problems import Problem


def test_a_bad_byte_late_in_a_file_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"text,label\n" + "größer,1\n".encode() * 100_000 + b"na\xefve,0\n")
    with pytest.raises(Problem, match=r":100002: byte 0xef is not valid UTF-8.*--encoding"):
        load_splits(DataConfig(train=str(path)), seed=1)


def test_a_malformed_row_late_in_a_file_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "data.tsv"
    path.write_text("text\tlabel\n" + 'a "b" c\t1\n' * 20_000 + "more\n")
    with pytest.raises(Problem, match=r":20002: this row has 1 cell, the header has 2 cells"):
        load_splits(DataConfig(train=str(path)), seed=1)


def test_an_unclosed_quote_does_not_swallow_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b'text,label\nfine,1\n"open,1\n' + b"more,0\n" * 2_500_000)
    with pytest.raises(Problem, match=r":3: cell of more than .* is not closed"):
        load_splits(DataConfig(train=str(path)), seed=1)


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_a_line_over_the_limit_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    monkeypatch.setattr("core.data.formats.text.text_file.LONGEST_LINE", 1 << 20)
    path = tmp_path / f"data.{extension}"
    path.write_text("a,b\n" if extension == "csv" else '{"a": 1}\n')
    with path.open("a") as file:
        file.write("x" * (3 << 20))
    with pytest.raises(Problem, match=r":2: line of more than 1,048,576 characters"):
        open_texts(str(path), ReadingConfig(text_column="a"))


def test_keys_that_only_occur_in_later_lines_are_columns(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    plain = [json.dumps({"text": f"text {row}"}) for row in range(9_000)]
    path.write_text("\n".join([*plain, json.dumps({"text": "last", "note": "n"})]))
    source = open_texts(str(path))
    chunks = list(source.chunks())
    assert len(chunks) > 1
    assert source.columns == ["text", "note"]
    assert chunks[0].rows[0] == ("text 0", None)
    assert chunks[-1].rows[-1] == ("last", "n")


def test_labels_may_start_late_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    plain = [json.dumps({"text": f"text {row}"}) for row in range(9_000)]
    labelled = [json.dumps({"text": f"more {row}", "label": row % 2}) for row in range(20)]
    path.write_text("\n".join(plain + labelled))
    splits = load_splits(DataConfig(train=str(path), drop_bad_rows=True), seed=1)
    assert len(splits.train) + len(splits.validation) == 20
    assert splits.dropped == [
        f"{path}: 9,000 rows have no label in column 'label' (lines 1, 2, 3, 4, 5, …); skipped."
    ]


def test_a_warning_of_many_chunks_is_given_once(tmp_path: Path) -> None:
    texts = [f"text {row}" + "\0" * (row % 1_000 == 5) for row in range(10_000)]
    path = write(tmp_path, "data.csv", {"text": texts, "label": ["x", "y"] * 5_000})
    (warning,) = load_splits(DataConfig(train=path), seed=1).warnings
    assert warning == f"{path}:7: NUL character in the text, 10 in all."


def test_texts_are_the_same_on_every_pass(tmp_path: Path) -> None:
    path = write(tmp_path, "data.csv.gz", reviews(10_000))
    splits = load_splits(DataConfig(train=path), seed=1)
    for split in (splits.train, splits.validation):
        texts = all_texts(split)
        assert texts == all_texts(split)
        assert len(texts) == len(split.texts) == len(split)
        assert all(chunk for chunk in split.texts.chunks())
    labels = dict(zip(*reviews(10_000).values(), strict=True))
    assert [splits.labels[number] for number in splits.train.label_ids] == [
        labels[text] for text in all_texts(splits.train)
    ]


def test_every_process_holds_out_the_same_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "data.csv", reviews(200))
    code = (
        "import pickle, sys\n"
        "from core.config import DataConfig\n"
        "from core.data.splits import load_splits\n"
        f"splits = load_splits(DataConfig(train={path!r}), seed=1)\n"
        "sys.stdout.buffer.write(pickle.dumps((splits.fingerprint, splits.validation)))"
    )
    expected = load_splits(DataConfig(train=path), seed=1)
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-P", "-c", code]
        output = subprocess.run(command, capture_output=True, check=True, env=environment).stdout
        fingerprint, validation = pickle.loads(output)
        assert fingerprint == expected.fingerprint
        assert all_texts(validation) == all_texts(expected.validation)


def test_progress_of_reading_a_file_increases_to_one(tmp_path: Path) -> None:
    path = write(tmp_path, "data.csv", reviews(50_000))
    shares = [chunk.read_share for chunk in open_texts(path).chunks()]
    assert len(shares) > 10
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5
    assert shares[-1] == 1


def replace_file(path: Path) -> None:
    path.write_bytes(encoded(reviews(30), path.name))


@pytest.mark.parametrize("change", [replace_file, Path.unlink], ids=["changed", "removed"])
@pytest.mark.parametrize(
    "open_file",
    [
        lambda path: load_splits(DataConfig(train=path), seed=1).train.texts,
        lambda path: load_labelled(DataConfig(train=path), ["bad", "good"]).texts,
        lambda path: open_texts(path),
    ],
    ids=["splits", "labelled", "texts"],
)
def test_a_file_that_was_changed_or_removed_is_an_error(
    tmp_path: Path, change: Callable[[Path], None], open_file: Callable[[str], Any]
) -> None:
    path = write(tmp_path, "data.csv", reviews())
    source = open_file(path)
    assert list(source.chunks())
    change(Path(path))
    with pytest.raises(Problem, match=r"data.csv: the file changed while it was in use"):
        next(source.chunks())


def test_a_file_changed_during_reading_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, "data.csv", reviews(50_000))
    chunks = open_texts(path).chunks()
    next(chunks)
    with Path(path).open("a") as file:
        file.write("one more,good\n")
    with pytest.raises(Problem, match="changed while it was in use"):
        list(chunks)


def test_too_many_labels_are_an_error_before_the_file_ends(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("text,label\n" + "".join(f"t,{row}\n" for row in range(140_000)) + "no label\n")
    with pytest.raises(Problem, match=r"column 'label': more than 131,072 distinct labels"):
        load_splits(DataConfig(train=str(path)), seed=1)


def test_columns_of_large_files_are_chosen_from_the_first_rows(tmp_path: Path) -> None:
    texts, labels = reviews(20_000).values()
    splits = load_splits(DataConfig(train=write(tmp_path, "a.csv", {"v1": texts, "v2": labels})), seed=1)
    reason = "label column 'v2': 2 distinct values in the first 4,096 rows (--label-column overrules it)."
    assert splits.reasons[1] == reason


def test_parquet_batches_are_smaller_for_longer_rows(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    texts = [f"{row} " * 2_000 for row in range(300)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=100)
    tables = list(read_chunks(path, size=ChunkSize(characters=100_000)))
    assert max(map(len, tables)) < 50
    assert [text for table in tables for text in table.columns["text"]] == texts
    assert [line for table in tables for line in table.lines] == list(range(1, 301))


def long_reviews(rows: int) -> Columns:
    return {"text": [f"review {row} " * 40 for row in range(rows)], "label": ["good", "bad"] * (rows // 2)}


def peak_of(read: Callable[[], Any]) -> int:
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("extension", ["csv", "csv.gz", "jsonl", "parquet"])
def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    monkeypatch.setattr("core.data.formats.files.ChunkSize", partial(ChunkSize, rows=200, block=1 << 14))
    paths = {
        count: write(tmp_path, f"{count}.{extension}", long_reviews(count)) for count in (100, 2_000, 8_000)
    }

    def read(count: int) -> None:
        path = paths[count]
        splits = load_splits(DataConfig(train=path), seed=1)
        for split in (splits.train, splits.validation):
            assert sum(map(len, split.texts.chunks())) == len(split)
        for _ in open_texts(path).chunks():
            pass

    read(100)  # imports everything
    small, large = peak_of(lambda: read(2_000)), peak_of(lambda: read(8_000))
    # A row keeps about 20 bytes (label and hash). None of its 500 bytes of text may be kept.
    assert large - small < 6_000 * 100
