"""Labels as other programs write them: brackets round each, vectors with gaps, values of Python, columns."""

from pathlib import Path
from typing import Any

import pytest
from data_files import write
from label_columns import column, load, problem_of, sets_of

from core.config import DataConfig
from core.data.columns.columns import TrainedColumns
from core.data.splits import load_labelled


@pytest.mark.parametrize(
    "cells",
    [
        ["<joy><love>", "<joy>", "<love>"],
        ["<joy>, <love>", "<joy>", "<love>"],
        ["[joy][love]", "[joy]", "[love]"],
        ["{joy} {love}", "{joy}", "{love}"],
        ["joy、love", "joy", "love"],
        ["joy，love", "joy", "love"],
        ["joy ｜ love", "joy", "love"],
        ["#joy#love", "#joy", "#love"],
        ["&lt;joy&gt;&lt;love&gt;", "&lt;joy&gt;", "&lt;love&gt;"],
        ['"joy","love"', '"joy"', '"love"'],
        ["[np.str_('joy'), np.str_('love')]", "[np.str_('joy')]", "[np.str_('love')]"],
        ["__label__joy __label__love", "__label__joy", "__label__love"],
        ["[{'id': 1, 'name': 'joy'}, {'id': 2, 'name': 'love'}]", "[{'id': 1, 'name': 'joy'}]",
         "[{'id': 2, 'name': 'love'}]"],
    ],
)  # fmt: skip
def test_several_labels_in_a_cell_are_several(tmp_path: Path, cells: list[str]) -> None:
    found = load(tmp_path, column(cells), "csv")
    assert sets_of(found) == {("joy",), ("love",), ("joy", "love")}
    assert any("multi-label" in reason for reason in found.reasons)


def test_words_of_a_cell_are_labels_if_nearly_all_of_them_are(tmp_path: Path) -> None:
    topics = ["cs.LG", "cs.CV", "stat.ML", "cs.LG stat.ML", "cs.CV cs.LG", "cs.CV cs.LG stat.ML"]
    found = load(tmp_path, column(topics), "csv")
    assert (found.labels, found.label_delimiter) == (["cs.CV", "cs.LG", "stat.ML"], " ")
    for delimiter in (" ", "-", ":"):
        pairs = ["awe", "joy", "love", *(delimiter.join(pair) for pair in (("awe", "joy"), ("awe", "love")))]
        pairs.append(delimiter.join(("joy", "love")))
        message = problem_of(tmp_path, column(pairs), "csv")
        assert f"--label-delimiter '{delimiter}'" in message
        assert load(tmp_path, column(pairs), "csv", label_delimiter=delimiter).labels == [
            "awe",
            "joy",
            "love",
        ]


@pytest.mark.parametrize(
    "names",
    [
        ["spam", "not spam", "maybe spam"],
        ["<unk>", "pos", "neg"],
        ["<=50K", ">50K"],
        ["时政、社会", "体育", "娱乐、明星"],
        ["cs.LG", "cs.CV"],
    ],
)
def test_names_with_marks_and_spaces_stay_names(tmp_path: Path, names: list[str]) -> None:
    found = load(tmp_path, column(names), "csv")
    assert (found.labels, len(found.reasons)) == (sorted(names), 2)


@pytest.mark.parametrize("gap", [-1, -100, None])
def test_a_vector_that_is_not_known_is_no_label(tmp_path: Path, gap: int | None) -> None:
    cells = [[0, 1, 1], [1, 0, 0], [1, 1, 0], [gap, 0, 1]]
    assert "6 rows have no label, or one that is unknown" in problem_of(tmp_path, column(cells))
    found = load(tmp_path, column(cells), drop_bad_rows=True)
    assert sets_of(found) == {("1", "2"), ("0",), ("0", "1")}


def test_a_weight_that_is_not_known_is_no_label(tmp_path: Path) -> None:
    cells = [{"joy": 1, "awe": 0}, {"joy": 1, "awe": 1}, {"joy": -1, "awe": 1}]
    assert "8 rows have no label, or one that is unknown" in problem_of(tmp_path, column(cells))
    assert sets_of(load(tmp_path, column(cells), drop_bad_rows=True)) == {("joy",), ("awe", "joy")}


@pytest.mark.parametrize(
    "cells",
    [
        [[0, 1], [1, 0, 1], [0, 1, 1, 0]],
        [[1, -1, -1], [-1, 1, 1]],
        [[1, -1], [-1, 1]],
        [[3, 5, 0, 0], [1, 2, 0, 0]],
    ],
)
def test_numbers_that_may_be_anything_are_refused(tmp_path: Path, cells: list[list[int]]) -> None:
    assert "numbers that are neither labels, each once" in problem_of(tmp_path, column(cells))


@pytest.mark.parametrize("padding", [-1, -100])
def test_the_padding_of_lists_of_numbers_is_no_label(tmp_path: Path, padding: int) -> None:
    found = load(tmp_path, column([[0, padding], [1, 2], [2, padding]]))
    assert sets_of(found) == {("0",), ("1", "2"), ("2",)}
    assert f"without the {padding} that fills them up" in found.reasons[-1]


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        ([True, 1, 0, False], ["false", "true"]),
        (["True", True, "TRUE", False], ["false", "true"]),
        (["yes", "No", "1", 0], ["no", "yes"]),
        (["true", "false", 1, 0, "unknown"], ["false", "true", "unknown"]),
        (["1.0", 1, "0", "0.0"], ["0", "1"]),
        (["np.int64(1)", "np.int64(0)"], ["0", "1"]),
        (["b'joy'", 'b"love"'], ["joy", "love"]),
        (["Label.JOY", "Label.LOVE"], ["JOY", "LOVE"]),
        (["<Mood.JOY: 1>", "<Mood.LOVE: 2>"], ["JOY", "LOVE"]),
        (["__label__joy", "__label__love"], ["joy", "love"]),
    ],
)
def test_the_same_value_is_the_same_label(tmp_path: Path, cells: list[Any], labels: list[str]) -> None:
    found = load(tmp_path, column(cells))
    assert found.labels == labels
    assert "labels are read" in found.reasons[-1]


@pytest.mark.parametrize(
    ("cells", "part"),
    [
        (["b'pos'", "pos", "neg"], "is 'pos' with other characters around it"),
        ([0, 1, 2, True, False], "truth values, 'false', 'true', and numbers"),
        ([r"\N", "pos", "neg"], "8 rows have no label"),
    ],
)
def test_half_written_values_are_refused(tmp_path: Path, cells: list[Any], part: str) -> None:
    assert part in problem_of(tmp_path, column(cells))


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        ({"label_joy": [1, 0, 1], "label_awe": [0, 1, 1], "liked": [1, 0]}, ["awe", "joy"]),
        ({"joy_label": [1, 0, 1], "awe_label": [0, 1, 1]}, ["awe", "joy"]),
        ({"emotion.joy": [1, 0], "emotion.awe": [0, 1]}, ["awe", "joy"]),
        ({"isJoy": [1, 0, 1], "isAwe": [0, 1, 1]}, ["Awe", "Joy"]),
        ({"joy": ["yes", "no", "Yes"], "awe": ["no", "yes", "yes"]}, ["awe", "joy"]),
        ({"y_joy": [1, 0, 1], "y_awe": [0, 1, 1]}, ["awe", "joy"]),
        ({"joy": ["oui", "non", "oui"], "awe": ["non", "oui", "oui"]}, ["awe", "joy"]),
        ({"joy": ["x", "", "X"], "awe": ["", "x", "x"]}, ["awe", "joy"]),
        ({"joy": ["1", "", "1"], "awe": ["", "1", "1"]}, ["awe", "joy"]),
    ],
)
def test_columns_of_labels_are_found(
    tmp_path: Path, columns: dict[str, list[Any]], labels: list[str]
) -> None:
    (first, cells), *others = columns.items()
    found = load(tmp_path, column(cells, first, **dict(others)), "csv")
    assert found.labels == labels
    assert any(
        "column for each label" in reason or "0 and 1 for each label" in reason for reason in found.reasons
    )
    short = any(reason.startswith("labels: the columns without") for reason in found.reasons)
    assert short == (labels[0] not in columns)


@pytest.mark.parametrize(
    "names",
    [("label_1", "label_2"), ("label_true", "label_pred"), ("y_true", "y_pred"), ("label", "is_verified")],
)
def test_other_columns_of_0_and_1_are_no_labels(tmp_path: Path, names: tuple[str, str]) -> None:
    rows = column([0, 1], names[0], **{names[1]: [0, 1, 1]})
    assert load(tmp_path, rows, "csv").label_column == names[0]


def test_an_empty_cell_among_columns_of_labels_is_no_reason_to_drop_one(tmp_path: Path) -> None:
    rows = column([1, 0], "awe", joy=[0, "", 1, 1], love=[0, 1, 1])
    assert "6 rows have an empty cell in one of the columns 'awe,joy,love'" in problem_of(
        tmp_path, rows, "csv"
    )
    assert load(tmp_path, rows, "csv", drop_bad_rows=True).labels == ["awe", "joy", "love"]
    counts = column([0, 2], "awe", joy=[3, 0, 1])
    assert "write 1 in place of those" in problem_of(tmp_path, counts, "csv")


def test_columns_of_labels_keep_their_names_in_other_data(tmp_path: Path) -> None:
    columns = {"text": ["one", "two", "three"], "label_joy": ["x", "", "x"], "label_awe": ["", "x", ""]}
    path = write(tmp_path, "other.csv", columns)
    trained = TrainedColumns("text", "label_joy,label_awe", multi_label=True)
    for labels in (["awe", "joy"], ["label_awe", "label_joy"]):  # the latter as earlier versions named them
        found = load_labelled(DataConfig(train=path), labels, trained)
        assert found.label_ids[:].tolist() == [[False, True], [True, False], [False, True]]


def test_other_columns_of_0_and_1_are_mentioned(tmp_path: Path) -> None:
    rows = column([0, 1], "toxicity", obscene=[0, 1, 1], insult=[1, 0, 0, 0])
    found = load(tmp_path, rows, "csv")
    assert found.label_column == "toxicity"
    advised = "toxicity,obscene,insult"
    assert f"--label-column {advised}" in found.reasons[-1]
    assert load(tmp_path, rows, "csv", label_column=advised).labels == ["insult", "obscene", "toxicity"]
