"""Each error in data has a message with what is wrong, where, and how to correct it."""

import gzip
import json
import os
from pathlib import Path

import pytest
from data_files import COMPRESSIONS, FORMATS, encoded, parquet, reviews, write

from core.config import DataConfig
from core.data.splits import load_labelled, load_splits
from core.problems import Problem

GOOD = encoded(reviews(), "data.csv")
PARQUET = parquet(reviews())
HTML = b"<!DOCTYPE html>\n<html><body>Not found</body></html>"
JUNK = bytes(range(256)) * 4


def problem_of(config: DataConfig) -> str:
    with pytest.raises(Problem) as caught:
        load_splits(config, seed=1)
    return str(caught.value)


def rows(*pairs: tuple[object, object]) -> bytes:
    """JSON lines that start with valid rows."""
    given = [{"text": text, "label": label} for text, label in pairs]
    good = [{"text": f"review number {row}", "label": row % 2} for row in range(6)]
    return "\n".join(json.dumps(row) for row in good + given).encode()


FILES: list[tuple[str, bytes, list[str]]] = [
    # empty
    *[(f"a.{ending}", b"", ["is empty"]) for ending in FORMATS],
    *[(f"a.csv{ending}", b"", ["is empty"]) for ending in COMPRESSIONS],
    ("a.csv.gz", gzip.compress(b""), ["is empty"]),
    ("a.csv", b"text,label\n", ["no rows below the header", "column names"]),
    ("a.tsv", b"text\tlabel\r\n\r\n", ["no rows below the header"]),
    ("a.csv", b"\n\n", ["is empty"]),
    ("a.json", b"[]", ["no rows"]),
    ("a.json", b'{"text": [], "label": []}', ["no rows"]),
    ("a.jsonl", b"\n\n", ["no rows"]),
    ("a.parquet", parquet({"text": [], "label": []}), ["no rows"]),
    # content does not match the file extension
    ("a.csv", PARQUET, ["extension is .csv", "Parquet", "end in .parquet"]),
    ("a.jsonl", PARQUET, ["extension is .jsonl", "Parquet"]),
    ("a.csv", encoded(reviews(), "a.csv.gz"), ["extension is .csv", "gzip", ".csv.gz"]),
    ("a.csv", encoded(reviews(), "a.csv.xz"), ["extension is .csv", "xz", "end in .csv.xz"]),
    ("a.tsv", encoded(reviews(), "a.tsv.zst"), ["extension is .tsv", "Zstandard", "end in .tsv.zst"]),
    ("a.json", encoded(reviews(), "a.json.bz2"), ["extension is .json", "bzip2", "end in .json.bz2"]),
    ("a.csv.gz", encoded(reviews(), "a.csv.xz"), ["extension is .gz", "xz", "end in .xz"]),
    ("a.csv.gz", gzip.compress(PARQUET), ["extension is .csv", "Parquet"]),
    ("a.parquet", encoded(reviews(), "a.csv.gz"), ["extension is .parquet", "gzip"]),
    ("a.parquet", GOOD, ["extension is .parquet", "not a Parquet file", ".csv"]),
    *[(f"a.csv{ending}", GOOD, [f"extension is {ending}", ".csv"]) for ending in COMPRESSIONS if ending],
    ("a.csv", HTML, ["HTML page", "Save or download"]),
    ("a.json", b"\n <html></html>", ["HTML page"]),
    ("a.csv", b"PK\x03\x04" + JUNK, ["Excel", "Save or download"]),
    ("a.csv", b"version https://git-lfs.github.com/spec/v1\n", ["Git LFS"]),
    ("a.csv", b"text,label\n" + JUNK, ["binary data"]),
    ("a.json", b"\0" * 200, ["binary data"]),
    ("a.csv", GOOD.decode().encode("utf-16-le"), ["UTF-16", "--encoding utf-16-le"]),
    ("a.csv", GOOD.decode().encode("utf-16-be"), ["UTF-16", "--encoding utf-16-be"]),
    ("a.csv.gz", gzip.compress(GOOD)[:-12], [".gz", "damaged or truncated"]),
    ("a.csv.xz", encoded(reviews(), "a.csv.xz")[:-12], [".xz", "damaged or truncated"]),
    ("a.csv.bz2", encoded(reviews(), "a.csv.bz2")[:-12], [".bz2", "damaged or truncated"]),
    ("a.csv.zst", encoded(reviews(), "a.csv.zst")[:-12], [".zst", "damaged or truncated"]),
    ("a.parquet", PARQUET[:-40], ["cannot read the Parquet file"]),
    ("a.xlsx", b"PK\x03\x04", ["cannot read the workbook", "CSV UTF-8"]),
    ("a.pdf", b"%PDF-1.7", ["a PDF document", ".csv", ".parquet", ".zst"]),
    ("a.txt", b"only words here\nand some more\n", ["only one column", "plain lines", "--delimiter"]),
    # encodings
    ("a.csv", b"text,label\nfine,1\nna\xefve,0\n", ["3:", "0xef", "UTF-8", "--encoding"]),
    ("a.jsonl", b'{"text": "a"}\r\n{"text": "\xe9"}', ["2:", "0xe9", "--encoding"]),
    # rows with missing or extra cells
    ("a.csv", b"text,label\nfine,1\none, two,1\n", ["3:", "3 cells", "has 2 cells", "commas", "quotes"]),
    ("a.csv", b"text;label\nfine\n", ["2:", "1 cell,", "semicolons"]),
    ("a.csv", b'text,label\nfine,1\n"open,1\nmore,0\n', ["3:", "quote", "not closed"]),
    ("a.csv", b'text,label\n"a "word" quoted",1\n', ["2:", "quote"]),
    ("a.csv", b"text,label,text\na,b,c\n", ["1:", "'text'", "different name"]),
    ("a.json", b'[{"text": "a"},\n {"text": }]', ["2:", "invalid JSON"]),
    ("a.json", b"[" * 100_000, ["invalid JSON", "deeply"]),
    ("a.json", b'"only a string"', ["a string", "list of objects"]),
    ("a.json", b'[{"text": "a"}, 7]', ["row 2", "a number", "object"]),
    ("a.json", b'{"text": ["a", "b"], "label": [1]}', ["'text' has 2", "'label' has 1"]),
    ("a.jsonl", b'{"text": "a"}\n{"text": \n', ["2:", "invalid JSON", "one object per line"]),
    ("a.jsonl", b'{"text": "a"}\n[{"text": "a"}]', ["2:", "a list", "one object per line"]),
    ("a.jsonl", b'{"text": "a", "label": ' + b"1" * 5000 + b"}", ["1:", "too long"]),
    # columns
    # labels
    ("a.csv", b"text,label\na,1\nb,1\n", ["column 'label'", "only one label", "'1'", "--label-column"]),
    (
        "a.csv",
        b"text,label\n" + b"".join(b"t%d,%d\n" % (n, n) for n in range(9)),
        ["column 'label'", "9 distinct labels", "not look like a label column"],
    ),
    (
        "a.jsonl",
        rows(("new", [1, 2])),
        ["7:", "'label'", "a list, but the first rows", "have one label each"],
    ),
    ("a.jsonl", rows((["new"], 1)), ["7:", "'text'", "--text-column"]),
    ("a.csv", b"text,label\nsame,0\nSAME ,0\nother,1\nother,1\n", ["hold out", "--validation"]),
    # blank rows
    ("a.jsonl", rows((None, 1)), ["1 row has no text", "line 7", "'text'", "--drop-bad-rows"]),
    (
        "a.jsonl",
        rows(*[(" \t", 1)] * 7),
        ["7 rows have no text", "lines 7, 8, 9, 10, 11, …", "--drop-bad-rows"],
    ),
    (
        "a.jsonl",
        rows(("", 1), ("new", None)),
        ["no text in column 'text' (line 7)", "no label in column 'label' (line 8)"],
    ),
    ("a.json", b'[{"text": "a", "label": NaN}]', ["no label in column 'label' (row 1)"]),
]


@pytest.mark.parametrize(
    ("name", "content", "parts"), FILES, ids=[f"{name}-{parts[0]}" for name, _, parts in FILES]
)
def test_a_bad_file(tmp_path: Path, name: str, content: bytes, parts: list[str]) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    sentence = problem_of(DataConfig(train=str(path)))
    assert name in sentence
    assert all(part in sentence for part in parts), sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("name", ["gone.csv", "gone/data.parquet", "./gone", "a/b/c", "~/gone-for-good.tsv"])
def test_a_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no such file" in problem_of(DataConfig(train=name))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("", "no training data"),
        (" ", "no training data"),
        ("nul\0.csv", "not a valid file name"),
        ("x" * 5000 + ".csv", "cannot read the file (File name too long)"),
        ("good.csv/inside.csv", "cannot read the file (Not a directory)"),
        ("loop.csv", "cannot read the file (Too many levels of symbolic links)"),
        ("memory.csv", "cannot read the file ("),
    ],
    ids=["empty", "blank", "nul", "long", "in-a-file", "loop", "broken"],
)
def test_a_file_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, part: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "good.csv", reviews())
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "memory.csv").symlink_to("/proc/self/mem")
    assert part in problem_of(DataConfig(train=name))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission(tmp_path: Path) -> None:
    path = Path(write(tmp_path, "data.csv", reviews()))
    path.chmod(0)
    assert "cannot read the file (Permission denied)" in problem_of(DataConfig(train=str(path)))


def test_a_pipe_is_rejected_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in problem_of(DataConfig(train=str(tmp_path / "pipe.csv")))


def test_a_folder_without_splits(tmp_path: Path) -> None:
    assert "no data file at all" in problem_of(DataConfig(train=str(tmp_path)))
    write(tmp_path, "reviews.csv", reviews())
    sentence = problem_of(DataConfig(train=str(tmp_path)))
    assert "only 'reviews.csv'" in sentence
    assert "train, validation and test" in sentence
    write(tmp_path, "test.csv", reviews())
    assert "no train split, only 'test'" in problem_of(DataConfig(train=str(tmp_path)))


def test_a_folder_with_two_files_for_a_split(tmp_path: Path) -> None:
    for name in ("train.csv", "dev.csv", "valid.jsonl.gz"):
        write(tmp_path, name, reviews())
    sentence = problem_of(DataConfig(train=str(tmp_path)))
    assert "two files for the validation split: 'dev.csv', 'valid.jsonl.gz'" in sentence


@pytest.mark.parametrize("encoding", ["klingon", "base64", "utf-8\0", "", "\ud800"])
def test_an_unknown_encoding(tmp_path: Path, encoding: str) -> None:
    sentence = problem_of(DataConfig(train=write(tmp_path, "a.csv", reviews()), encoding=encoding))
    assert "--encoding" in sentence
    assert "cp1252" in sentence
    sentence.encode()


def test_a_wrong_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,label\nfine,1\n\xff,1\n")
    sentence = problem_of(DataConfig(train=str(path), encoding="ascii"))
    assert "a.csv:3:" in sentence
    assert "0xff is not valid ASCII" in sentence


@pytest.mark.parametrize("role", ["text", "label"])
def test_a_missing_column(tmp_path: Path, role: str) -> None:
    path = write(tmp_path, "a.csv", reviews() | {"[red]": ["x"] * 20})
    sentence = problem_of(DataConfig(train=path, **{f"{role}_column": "nothing"}))
    assert sentence == (
        f"{path}: no column 'nothing'. Choose one of 'text', 'label', '[red]' with --{role}-column."
    )


@pytest.mark.parametrize("split", ["validation", "test"])
def test_splits_must_have_the_same_columns(tmp_path: Path, split: str) -> None:
    config = DataConfig(
        train=write(tmp_path, "a.csv", reviews()),
        **{split: write(tmp_path, "b.csv", {"review": ["x", "y"], "label": ["good", "bad"]})},
    )
    sentence = problem_of(config)
    assert "b.csv: no column 'text'" in sentence
    assert "'review', 'label'" in sentence


def test_text_and_label_must_be_different_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", reviews())
    sentence = problem_of(DataConfig(train=path, text_column="label", label_column="label"))
    assert "column 'label' cannot be both" in sentence
    assert "--text-column and --label-column" in sentence


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_label_missing_in_train(tmp_path: Path, split: str) -> None:
    other = write(tmp_path, "b.csv", {"text": ["x", "y", "z"], "label": ["good", "Good\x1b[31m", "odd"]})
    sentence = problem_of(DataConfig(train=write(tmp_path, "a.csv", reviews()), **{split: other}))
    assert "b.csv:3: the training data does not have the label 'Good\\x1b[31m', nor 'odd'" in sentence
    assert "'bad', 'good'" in sentence


def test_a_label_unknown_to_the_model(tmp_path: Path) -> None:
    config = DataConfig(train=write(tmp_path, "a.csv", reviews()))
    with pytest.raises(Problem, match=r"a.csv:3: the model does not have the label 'good'.*'bad', 'fine'"):
        load_labelled(config, ["bad", "fine"])


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_split_without_usable_rows(tmp_path: Path, split: str) -> None:
    other = write(tmp_path, "b.csv", {"text": ["", ""], "label": ["good", "bad"]})
    config = DataConfig(train=write(tmp_path, "a.csv", reviews()), drop_bad_rows=True, **{split: other})
    assert f"b.csv: the {split} split has no row with both a text and a label" in problem_of(config)
