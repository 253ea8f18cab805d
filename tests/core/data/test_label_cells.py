"""Label cells: lists, vectors of 0 and 1 and weights, also as text; delimiters that nobody named."""

import json
from pathlib import Path
from typing import Any

import pytest
from data_files import write
from hypothesis import given
from hypothesis import strategies as st
from label_columns import column, load, problem_of, sets_of

from core.config import DataConfig
from core.data.labels.written import read_list, read_object
from core.data.splits import load_splits

VECTORS = [[0, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]]
SETS = {("1",), ("0", "1"), ("2",), ()}


@pytest.mark.parametrize(
    ("cells", "extension"),
    [
        (VECTORS, "jsonl"),
        ([[float(flag) for flag in vector] for vector in VECTORS], "parquet"),
        ([[bool(flag) for flag in vector] for vector in VECTORS], "jsonl"),
        ([str(vector) for vector in VECTORS], "csv"),
        ([" ".join(map(str, vector)) for vector in VECTORS], "csv"),
        ([",".join(map(str, vector)) for vector in VECTORS], "csv"),
        (["[" + " ".join(f"{flag}." for flag in vector) + "]" for vector in VECTORS], "csv"),
    ],
    ids=["lists", "floats", "bools", "text", "spaces", "commas", "numpy"],
)
def test_the_positions_of_ones_are_labels(tmp_path: Path, cells: list[Any], extension: str) -> None:
    found = load(tmp_path, column(cells), extension)
    assert (found.labels, sets_of(found)) == (["0", "1", "2"], SETS)
    assert "the positions of the ones among 3 numbers 0 and 1" in found.reasons[-2]
    assert "--label-names" in found.reasons[-1]


def test_positions_are_named_by_request_or_by_a_column(tmp_path: Path) -> None:
    names = ["awe", "fear", "joy"]
    found = load(tmp_path, column(VECTORS), label_names="awe,fear,joy")
    assert sets_of(found) == {("fear",), ("awe", "fear"), ("joy",), ()}
    found = load(tmp_path, column(VECTORS, label_names=[names]))
    assert (found.labels, found.names_by_number["2"]) == (names, "joy")
    ones = [[name for name, flag in zip(names, vector, strict=True) if flag] for vector in VECTORS]
    assert load(tmp_path, column(VECTORS, label_names=ones)).labels == names
    assert "2 label names, but the vectors have 3" in problem_of(
        tmp_path, column(VECTORS), label_names="awe,fear"
    )


def test_a_single_one_in_every_row_is_a_single_label(tmp_path: Path) -> None:
    one_hot = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    found = load(tmp_path, column(one_hot))
    assert (found.labels, found.train.is_multi_label) == (["0", "1", "2"], False)
    assert "one label a text" in found.reasons[-2]
    assert "--multi-label" in found.reasons[-2]
    assert load(tmp_path, column(one_hot), multi_label=True).train.is_multi_label


def test_numbers_with_a_decimal_comma_are_no_vectors(tmp_path: Path) -> None:
    found = load(tmp_path, column(["0,0", "1,0"]), "csv")
    assert (found.labels, found.train.is_multi_label) == (["0,0", "1,0"], False)


@pytest.mark.parametrize(
    ("cell", "part"), [([0, 1], "2 numbers, but the first"), ([0, 2, 1], "not 3 numbers")]
)
def test_another_vector_is_an_error_with_its_line(tmp_path: Path, cell: list[int], part: str) -> None:
    columns = column(VECTORS)
    columns["labels"][16] = cell
    assert (message := problem_of(tmp_path, columns)).startswith(f"{tmp_path}/data.jsonl:17:")
    assert part in message


@pytest.mark.parametrize(
    "cells",
    [
        ["['awe']", "['awe', 'in love']", "[]"],
        ['["awe"]', '["awe", "in love"]', "[]"],
        ["['awe']", "['awe' 'in love']", "[]"],
        ["('awe',)", "('awe', 'in love')", "()"],
        ["{'awe'}", "{'in love', 'awe'}", "set()"],
        ["[u'awe']", "[u'awe', u'in love']", "[]"],
        ["[awe]", "[awe, in love]", "[]"],
        ["{awe}", '{awe,"in love"}', "{}"],
        [
            "array(['awe'], dtype=object)",
            "array(['awe', 'in love'], dtype=object)",
            "array([], dtype=object)",
        ],
    ],
    ids=["python", "json", "numpy", "tuple", "set", "python 2", "bare", "postgres", "array"],
)
def test_lists_written_as_text_are_lists(tmp_path: Path, cells: list[str]) -> None:
    found = load(tmp_path, column(cells), "csv")
    assert sets_of(found) == {("awe",), ("awe", "in love"), ()}
    assert "lists, written as text" in found.reasons[-1]
    assert "--label-delimiter none" in found.reasons[-1]
    assert load(tmp_path, column(cells), "csv", label_delimiter="none").labels == sorted(cells)


@given(items=st.lists(st.text(max_size=8), min_size=1, max_size=5))
def test_any_list_is_read_back(items: list[str]) -> None:
    assert read_list(repr(items)) == tuple(items)
    assert read_list(json.dumps(items)) == tuple(items)
    assert read_list(repr(tuple(items))) == tuple(items)


@given(text=st.text(alphabet="[](){}'\",:1. aé\\", max_size=40))
def test_any_text_is_a_list_or_none(text: str) -> None:
    assert isinstance(read_list(text), tuple | None)
    assert isinstance(read_object(text), dict | None)


def test_lists_of_one_label_are_single_labels(tmp_path: Path) -> None:
    for cells, extension in (([["awe"], ["joy"]], "jsonl"), (["['awe']", "['joy']"], "csv")):
        found = load(tmp_path, column(cells), extension)
        assert (found.labels, found.train.is_multi_label) == (["awe", "joy"], False)
    path = write(tmp_path, "test.jsonl", column([["awe"], ["awe", "joy"]]))
    assert "test.jsonl:2:" in problem_of(tmp_path, column([["awe"], ["joy"]]), test=path)


@pytest.mark.parametrize(
    ("cells", "extension"),
    [
        ([{"POS": 1.0, "NEG": 0.0}, {"POS": 0.0, "NEG": 1.0}], "jsonl"),
        ([{"POS": 1, "NEG": 0}, {"POS": 0, "NEG": 1}], "parquet"),
        ([{"POS": True, "NEG": False}, {"NEG": True}], "jsonl"),
        (['{"POS": 0.9, "NEG": 0.1}', '{"POS": 0.2, "NEG": 0.8}'], "csv"),
        (["{'POS': 1.0, 'NEG': 0.0}", "{'POS': 0.0, 'NEG': 1.0}"], "csv"),
    ],
    ids=["floats", "ints", "bools", "json text", "python text"],
)
def test_weights_of_labels_are_read(tmp_path: Path, cells: list[Any], extension: str) -> None:
    found = load(tmp_path, column(cells), extension)
    assert (found.labels, found.train.is_multi_label) == (["NEG", "POS"], False)
    assert "weight of at least 0.5" in found.reasons[-1]


def test_several_weights_are_a_label_set_and_others_are_an_error(tmp_path: Path) -> None:
    cells = [{"a": 1, "b": 1}, {"a": 0, "b": 1}, {"a": 0, "b": 0}]
    assert sets_of(load(tmp_path, column(cells))) == {("a", "b"), ("b",), ()}
    columns = column(cells)
    columns["labels"][20] = {"a": 3, "b": 1}
    message = problem_of(tmp_path, columns)
    assert ":21:" in message
    assert "from 0 to 1" in message


def test_an_object_that_is_no_weights_is_not_a_set(tmp_path: Path) -> None:
    message = problem_of(tmp_path, column(['{"label": "joy"}', '{"label": "awe"}']), "csv")
    assert "look like lists that cannot be read" in message


@pytest.mark.parametrize(
    ("cells", "delimiter"),
    [
        (["joy", "love", "joy;love", "sad"], ";"),
        (["joy", "love", "joy, love", "sad, joy", "sad"], ","),
        (["1", "3", "7", "1, 3, 7"], ","),
        (["#joy #love", "#joy", "#love"], " "),
        (["joy;", "joy;love;", "love;"], ";"),
    ],
)
def test_a_delimiter_is_found_where_the_parts_are_labels_themselves(
    tmp_path: Path, cells: list[str], delimiter: str
) -> None:
    found = load(tmp_path, column(cells), "csv")
    assert found.label_delimiter == delimiter
    assert f"separated by {delimiter!r}" in found.reasons[-1]
    assert "--label-delimiter none" in found.reasons[-1]
    assert not load(tmp_path, column(cells), "csv", label_delimiter="none").train.is_multi_label
    assert not load(tmp_path, column(cells), "csv", multi_label=False).train.is_multi_label


@pytest.mark.parametrize(
    ("cells", "parts"),
    [
        (["1, 3, 7", "3, 7", "7, 9", "1, 9", "1,7"], ["--label-delimiter ','"]),
        (["a|b", "b|c", "c|a"], ["--label-delimiter '|'"]),
        (["#a #b", "#b #c", "#c #a"], ["--label-delimiter ' '"]),
        (["joy", "love", "sad", "['joy', 'love']"], [":5:", "a list of labels"]),
        (["joy", "['love']", "['joy', 'love']"], [":2:", "a single label"]),
        (["'joy'", "'love'"], ["have quotes around them", "--quote"]),
        (["['joy", "['love", "['sad'; 'x"], ["lists that cannot be read"]),
    ],
)
def test_labels_that_look_like_several_are_refused(
    tmp_path: Path, cells: list[str], parts: list[str]
) -> None:
    message = problem_of(tmp_path, column(cells), "csv")
    assert all(part in message for part in parts), message
    if "a single label" not in message:
        assert "--label-delimiter none" in message
    assert load(tmp_path, column(cells), "csv", label_delimiter="none").labels == sorted(cells)


@pytest.mark.parametrize(
    "names",
    [
        ["World", "Sports", "Business", "Sci/Tech"],
        ["Arts, crafts and hobbies", "Food", "Cars", "Home, garden"],
        ["Arts, Culture", "Business, Economy", "Sports, Leisure"],
        ["New York", "York", "New"],
        ["noun (n)", "verb (v)", "[other]"],
        ["0,5", "1,0", "1,5", "2,0"],
    ],
)
def test_honest_names_stay_as_they_are(tmp_path: Path, names: list[str]) -> None:
    found = load(tmp_path, column(names), "csv")
    assert (found.labels, found.train.is_multi_label) == (sorted(names), False)
    assert len(found.reasons) == 2


def test_label_sets_of_a_plan_stay_sets(tmp_path: Path) -> None:
    """Lists of one label each were label sets for earlier runs: with the plan's answer they still are."""
    path = write(tmp_path, "data.jsonl", column([["awe"], ["joy"]]))
    assert load_splits(DataConfig(train=path, multi_label=True), seed=1).train.is_multi_label
