"""Multi-label data: lists, or cells with a delimiter."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_files import all_texts, write
from hypothesis import given
from hypothesis import strategies as st
from surveys import counting_words

from core.config import DataConfig
from core.data.columns.columns import TrainedColumns
from core.data.labels.label_sets import LabelSets, LabelSetTable
from core.data.report import build_overview, inspect, report
from core.data.splits import DataSplits, Split, load_labelled, load_splits
from core.problems import Problem

MOODS = ["awe", "fear", "joy"]


def rows_of(sets: list[list[Any]], name: str = "labels") -> dict[str, list[Any]]:
    return {"text": [f"text number {row} of some" for row in range(len(sets))], name: sets}


def names_of(split: Split, labels: list[str]) -> list[list[str]]:
    return [[labels[number] for number in np.flatnonzero(row)] for row in split.label_ids[:]]


def everything(splits: DataSplits) -> dict[str, list[str]]:
    """The labels of each text, in train and validation."""
    parts = (splits.train, splits.validation)
    found = [zip(all_texts(part), names_of(part, splits.labels), strict=True) for part in parts]
    return dict(chain(*found))


SETS = st.lists(st.lists(st.sampled_from(MOODS), unique=True), min_size=1, max_size=30)


@given(sets=SETS)
def test_label_sets_are_read_as_written(
    sets: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Lists in JSON lines and Parquet, and cells with a delimiter, in any order and spacing."""
    folder = tmp_path_factory.mktemp("sets")
    sets = [*sets, *[[mood] for mood in MOODS for _ in range(2)]]
    expected = {text: sorted(labels) for text, labels in zip(*rows_of(sets).values(), strict=True)}
    for name in ("sets.jsonl", "sets.parquet"):
        # Lists of one label each would be single labels.
        found = load_splits(DataConfig(train=write(folder, name, rows_of(sets)), multi_label=True), seed=1)
        assert (found.labels, everything(found)) == (MOODS, expected)
    joined = [" ; ".join(labels) or ";" for labels in sets]
    config = DataConfig(
        train=write(folder, "sets.csv", rows_of(joined)), label_delimiter=";", drop_bad_rows=True
    )
    found = load_splits(config, seed=1)
    # With delimited labels, an empty cell counts as a missing label.
    assert everything(found) == {text: labels for text, labels in expected.items() if labels}
    assert found.label_delimiter == ";"


@given(sets=st.lists(st.sets(st.integers(0, 5)).map(sorted), min_size=1, max_size=20), seed=st.integers(0, 9))
def test_label_sets_are_stored_as_a_table(sets: list[list[int]], seed: int) -> None:
    distinct = [list(each) for each in dict.fromkeys(map(tuple, sets))]
    numbers = np.array([distinct.index(each) for each in sets], np.int32)
    found = LabelSets(numbers, LabelSetTable.of(distinct), 6)
    flags = np.array([[label in each for label in range(6)] for each in sets])
    chosen = np.random.default_rng(seed).integers(len(sets), size=7)
    assert (found[:] == flags).all()
    assert (found[chosen] == flags[chosen]).all()
    assert found.table.count(numbers, 6).tolist() == flags.sum(0).tolist()
    renumbered, new = found.table.renumbered([0, 1, 2, 0, 1, 2])
    assert [renumbered[number] for number in new[numbers]] == [
        sorted({label % 3 for label in each}) for each in sets
    ]
    again = LabelSets(new[numbers], renumbered, 3)
    assert (again.hashes[:, None] == again.hashes).tolist() == [
        [{label % 3 for label in one} == {label % 3 for label in other} for other in sets] for one in sets
    ]


def test_rows_are_held_out_by_their_rarest_label(tmp_path: Path) -> None:
    """Each label has its share in validation, although almost every row has its own label set."""
    sets = [["common"] + [f"rare {row % 4}"] * (row % 3 == 0) + [f"{row % 7}"] for row in range(400)]
    path = write(tmp_path, "sets.jsonl", rows_of(sets))
    splits = load_splits(DataConfig(train=path), seed=3)
    shares = splits.validation.label_ids[:].sum(0) / splits.train.label_ids[:].sum(0)
    assert len(splits.validation) == pytest.approx(40, abs=8)
    assert shares.min() > 0.03
    assert not any("no row" in warning for warning in splits.warnings)


def test_texts_without_labels_are_counted(tmp_path: Path) -> None:
    sets: list[list[str]] = [["joy"], ["fear", "joy"], [], ["fear"]] * 5
    path = write(tmp_path, "sets.jsonl", rows_of(sets))
    splits = load_splits(DataConfig(train=path), seed=1)
    assert f"{path}: 5 texts have none of the labels." in splits.warnings
    found = inspect(DataConfig(train=path))
    assert found.labels == {"fear": 10, "joy": 10}
    assert found.reasons[-1] == "multi-label: the labels of a text are lists."
    assert found.problems == []


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("joy", [":4:", "'joy': a single label, but the first rows have lists", "--label-delimiter"]),
        (["joy", ""], [":4:", "and not empty"]),
        (["joy", ["fear"]], [":4:", "words or numbers"]),
        ({"joy": 1}, [":4:", "an object is not a label"]),
        (None, ["line 4", "no label in column 'labels'"]),
    ],
)
def test_a_cell_that_is_not_a_list_of_labels_is_an_error(tmp_path: Path, cell: Any, parts: list[str]) -> None:
    sets = [["joy"], ["fear"], ["joy", "fear"], cell, *[["joy"], ["fear"]] * 5]
    path = tmp_path / "sets.jsonl"
    rows = zip(*rows_of(sets).values(), strict=True)
    path.write_text("".join(json.dumps({"text": text, "labels": cell}) + "\n" for text, cell in rows))
    with pytest.raises(Problem) as caught:
        load_splits(DataConfig(train=str(path)), seed=1)
    assert all(part in str(caught.value) for part in parts), caught.value


def test_evaluation_data_is_read_as_in_training(tmp_path: Path) -> None:
    sets = [["joy"], ["fear", "joy"], []]
    lists = write(tmp_path, "sets.jsonl", rows_of(sets))
    cells = write(tmp_path, "sets.csv", rows_of(["joy", "joy,fear", "fear"]))
    words = write(tmp_path, "words.csv", rows_of(["joy", "joy - fear", "fear"]))
    trained = TrainedColumns("text", "labels", multi_label=True)
    split = load_labelled(DataConfig(train=lists), MOODS, trained)
    assert (split.is_multi_label, names_of(split, MOODS)) == (True, sets)
    split = load_labelled(DataConfig(train=cells, label_delimiter=","), MOODS, trained)
    assert names_of(split, MOODS) == [["joy"], ["fear", "joy"], ["fear"]]
    split = load_labelled(DataConfig(train=cells), MOODS, TrainedColumns("text", "labels", True, ","))
    assert names_of(split, MOODS)[1] == ["fear", "joy"]
    assert any(
        "separated by ','" in reason
        for reason in load_labelled(DataConfig(train=cells), MOODS, trained).reasons
    )
    for config, one, message in (
        (DataConfig(train=words), trained, ":2: .* a single label, but the first rows have lists"),
        (
            DataConfig(train=lists),
            TrainedColumns("text", "labels"),
            ":2: .* 2 labels, but every text is to have one",
        ),
        (
            DataConfig(train=cells, label_delimiter=","),
            TrainedColumns("text", "labels"),
            "not multi-label",
        ),
        (
            DataConfig(train=lists),
            TrainedColumns("text", "labels", True),
            r":2: .*not have the label 'joy'",
        ),
    ):
        labels = ["awe", "fear"] if "have the label" in message else MOODS
        if ":2: .*not" in message:
            message = message.replace(":2", ":1")
        with pytest.raises(Problem, match=message):
            load_labelled(config, labels, one)


def test_check_counts_the_rows_of_each_label(tmp_path: Path) -> None:
    sets: list[list[str]] = [["joy"]] * 40 + [["fear", "joy"]] * 6 + [[]] * 3 + [["awe"]] * 4
    rows = rows_of(sets)
    rows["text"][-1] = rows["text"][0]  # the same text with labels awe and joy
    path = write(tmp_path, "sets.jsonl", rows)
    config = DataConfig(train=path, validation=path)
    seen = build_overview(config, counting_words(100), 100, 1)
    found = report(seen, "letters")
    assert found.splits[0].labels == {"awe": 4, "fear": 6, "joy": 46}
    assert found.splits[0].conflicting == 1
    by_check = {finding.check: finding for finding in found.findings}
    assert by_check["imbalance"].facts["ratio"] == 46 / 4
    assert by_check["rare-labels"].rows == 10
    assert {row.label for row in by_check["rare-labels"].first} <= {"awe", "fear | joy"}
    assert any("3 texts have none of the labels" in warning for warning in found.warnings)


def test_a_vector_has_the_names_that_its_column_declares(tmp_path: Path) -> None:
    feature = {"_type": "Sequence", "feature": {"_type": "ClassLabel", "names": ["joy", "love", "awe"]}}
    rows = {
        "text": [f"text number {row}" for row in range(24)],
        "labels": [[row % 2, int(row % 3 == 0), 1] for row in range(24)],
    }
    info = json.dumps({"info": {"features": {"labels": feature}}})
    table = pa.table(rows).replace_schema_metadata({b"huggingface": info.encode()})
    pq.write_table(table, tmp_path / "train.parquet")
    found = load_splits(DataConfig(train=str(tmp_path / "train.parquet")), seed=1)
    assert found.labels == ["joy", "love", "awe"]
    assert any("names of the positions" in reason for reason in found.reasons)
