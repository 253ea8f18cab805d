"""Labels that are learned as they stand, said, or refused: scores, stand-ins for no label, joined ones."""

from pathlib import Path

import pytest
from label_columns import column, load, problem_of


@pytest.mark.parametrize(
    ("cells", "parts"),
    [
        (["joy", "love", "joy/love"], ["'joy/love'", "--label-delimiter '/'"]),
        (["Joy", "Love", "joy + love"], ["--label-delimiter '+'"]),
        (["joy", "love", "joy and love"], ["--label-delimiter ' and '"]),
        (["0", "1", "2", "3", "0,2", "1,3"], ["'0,2'", "--label-delimiter ','"]),
        (["pos", "neg", '"pos"'], ["'\"pos\"'", "--merge-label '\"pos\"=pos'"]),
        (["pos", "neg", "[pos]"], ["--merge-label '[pos]=pos'"]),
        (["pos", "neg", "pos;"], ["--merge-label 'pos;=pos'"]),
        (["neg", '"pos"'], ["have quotes around them"]),
        (["0.0", "0.1", "0.25", "0.9"], ["scores, not classes", "0.0 to 0.9", "--label-column"]),
        (["1,2", "0,7", "3,4"], ["scores, not classes"]),
        (["-1", "0", "1", "2"], ["--drop-label -1"]),
        (["010", "100", "011"], ["vectors of 0 and 1 without a delimiter", "[0,1,0]"]),
    ],
)
def test_labels_that_are_no_names_are_refused_with_a_way_out(
    tmp_path: Path, cells: list[str], parts: list[str]
) -> None:
    message = problem_of(tmp_path, column(cells), "csv")
    assert all(part in message for part in (*parts, "--label-delimiter none")), message
    assert set(load(tmp_path, column(cells), "csv", label_delimiter="none").labels) == set(cells)


@pytest.mark.parametrize(
    "cells",
    [
        ["R&B", "C++", "n/a or so", "TCP/IP"],
        ["C", "C#", "C++"],
        ["arts and crafts", "sports", "news"],
        ["-1", "1"],
        ["0100", "0200", "100"],
        ["pos (strong)", "pos", "neg"],
    ],
)
def test_names_are_learned_without_a_word(tmp_path: Path, cells: list[str]) -> None:
    found = load(tmp_path, column(cells), "csv")
    assert set(found.labels) == set(cells)
    assert not found.warnings


@pytest.mark.parametrize(
    ("cells", "part"),
    [
        (["science", "fiction", "science fiction"], "'science fiction' is made of other labels"),
        (["pos", "neg", "pos."], "--merge-label pos.=pos"),
        (["1.0", "1.5", "2.0"], "labels 1.0 to 2.0 are numbers"),
        (["-1", "0", "1"], "--drop-label -1"),
        (["NULL", "joy", "love"], "--drop-label NULL"),
    ],
)
def test_what_may_be_meant_otherwise_is_said(tmp_path: Path, cells: list[str], part: str) -> None:
    found = load(tmp_path, column(cells), "csv")
    assert set(found.labels) == set(cells)
    assert [part in warning for warning in found.warnings] == [True]


def test_rows_of_a_label_are_dropped_by_request(tmp_path: Path) -> None:
    rows = column(["-1", "0", "1", "2"])
    found = load(tmp_path, rows, "csv", drop_labels="-1")
    assert (found.labels, len(found.train) + len(found.validation)) == (["0", "1", "2"], 18)
    assert "as requested" in found.dropped[0]
    assert "no label '7' to drop" in problem_of(tmp_path, rows, "csv", drop_labels=["7"])


def test_columns_of_labels_say_so_and_which_label_no_text_has(tmp_path: Path) -> None:
    found = load(tmp_path, column([0, 1, 1], "rude", threat=[0], kind=[1, 1, 0]), "csv")
    assert found.labels == ["kind", "rude"]
    assert any("columns in which it has 1" in reason for reason in found.reasons)
    assert any("no text has the label 'threat'" in warning for warning in found.warnings)
