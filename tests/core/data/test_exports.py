"""Exports of annotation programs, values within cells, and columns of 0 and 1."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_files import all_texts, write

from core.config import DataConfig, ReadingConfig
from core.data.columns.columns import TrainedColumns
from core.data.examples.texts import open_texts
from core.data.report import inspect
from core.data.splits import load_labelled, load_splits
from core.problems import Problem
from core.protocol import Inspection
from tests.hostile.exports import EXPORTS

TEXTS = [f"the parcel of day {day} came {'early' if day % 2 else 'late'}" for day in range(20)]


def look(folder: Path, rows: list[Any], **settings: Any) -> Inspection:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return inspect(DataConfig(train=str(path), **settings))


@pytest.mark.parametrize("name", EXPORTS)
def test_each_export_is_read(tmp_path: Path, name: str) -> None:
    found = look(tmp_path, EXPORTS[name])
    assert not found.problems, found.problems
    programs = {"label-studio": "Label Studio", "spacy": "spaCy", "chats": "chats"}
    shape = programs.get(name, name.split("-")[0])
    if name not in ("flags", "nested", "skipped"):
        assert shape.lower() in found.reasons[0].lower()
    assert sum(found.labels.values()) in (6, 11, 12)


def annotation(label: str, **more: Any) -> dict[str, Any]:
    choice = {"from_name": "mood", "type": "choices", "value": {"choices": [label]}}
    return {"result": [choice], "was_cancelled": False} | more


@pytest.mark.parametrize(
    ("second", "label"),
    [("rating", "annotations.mood"), ("choices", None), ("taxonomy", None)],
)
def test_choices_of_label_studio_come_before_ratings_and_several_are_a_question(
    tmp_path: Path, second: str, label: str | None
) -> None:
    answers = {"rating": [3, 4], "choices": [["a"], ["b"]], "taxonomy": [[["a"]], [["b"]]]}[second]
    rows = []
    for day, text in enumerate(TEXTS):
        other = {"from_name": "score", "type": second, "value": {second: answers[day // 2 % 2]}}
        first = annotation("late" if day % 2 else "early")
        rows.append({"data": {"text": text}, "annotations": [first | {"result": [*first["result"], other]}]})
    if label:
        found = look(tmp_path, rows)
        assert found.label_column == label
        assert "over the ratings in 'annotations.score'" in str(found.reasons)
        return
    with pytest.raises(Problem, match="2 answers for each text: 'annotations.mood', 'annotations.score'"):
        look(tmp_path, rows)
    assert look(tmp_path, rows, label_column="annotations.mood").labels == {"early": 10, "late": 10}


def test_skipped_tasks_and_predictions_of_label_studio_are_no_labels(tmp_path: Path) -> None:
    annotations = [[annotation("late" if day % 2 else "early")] for day in range(20)]
    annotations[0] = []
    annotations[1] = [annotation("early", was_cancelled=True)]
    annotations[2] = [annotation("early"), annotation("late")]
    annotations[3] = [annotation("early"), annotation("late"), annotation("late")]
    annotations[4] = [annotation("late"), annotation("early", ground_truth=True)]
    rows = [
        {"data": {"text": text}, "annotations": each, "predictions": [annotation("other")]}
        for text, each in zip(TEXTS, annotations, strict=True)
    ]
    found = look(tmp_path, rows)
    assert found.labels == {"early": 8, "late": 9}
    splits = load_splits(DataConfig(train=str(tmp_path / "rows.jsonl")), seed=1)
    for reason in ("not annotated", "skipped by the annotator", "annotators disagree"):
        assert any(reason in warning and "1 in all" in warning for warning in splits.warnings)
    assert "majority" in found.reasons[1]


def test_rejected_labels_are_never_learned(tmp_path: Path) -> None:
    rows = [
        {"text": text, "label": "spam" if day % 3 else "ham", "answer": "reject" if day % 2 else "accept"}
        for day, text in enumerate(TEXTS)
    ]
    assert sum(look(tmp_path, rows).labels.values()) == 10
    assert look(tmp_path, rows, label_column="answer").labels == {"accept": 10, "reject": 10}
    one = [row | {"label": "spam"} for row in rows]
    assert look(tmp_path, one).labels == {"not spam": 10, "spam": 10}
    late = {"text": "a", "label": "ham", "answer": "accept"}
    (sentence,) = look(tmp_path, [*one * 300, late]).problems
    assert "rows.jsonl:6001: another label than the 'spam' of the first rows" in sentence


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("answer", ["accept", "reject", "ignore"]),
        ("answer", ["yes", "no", "ignore"]),
        ("status", ["open", "closed", "rejected"]),
        ("status", ["submitted", "pending", "discarded"]),
        ("skipped", [0, 1, 0]),
    ],
)
def test_the_only_column_that_can_be_the_label_is_no_state(
    tmp_path: Path, column: str, values: list[Any]
) -> None:
    rows = [{"text": text, column: values[day % 3]} for day, text in enumerate(TEXTS)]
    found = look(tmp_path, rows)
    assert set(found.labels) == set(map(str, values))
    assert sum(found.labels.values()) == len(rows)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"label": [[0, 3, "PER"]]}, "the labels in 'label' are spans"),
        ({"entities": [{"label": "PER", "start_offset": 0, "end_offset": 3}]}, "'entities' are spans"),
        ({"annotations": [{"result": [{"type": "pairwise", "value": {"selected": "left"}}]}]}, "'pairwise'"),
    ],
)
def test_annotations_that_are_no_labels_of_texts_are_named(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(Problem, match=said):
        look(tmp_path, [{"text": text} | fields for text in TEXTS])


def test_all_objects_of_a_label_cell_are_read(tmp_path: Path) -> None:
    names = [["joy", "love"] if day % 3 else ["joy"] for day in range(20)]
    rows = [
        {"text": text, "labels": [{"name": name} for name in each]}
        for text, each in zip(TEXTS, names, strict=True)
    ]
    assert look(tmp_path, rows).labels == {"joy": 20, "love": 13}
    weighted = [
        {
            "text": text,
            "label": [{"label": "late", "score": 0.9 - 0.8 * (day % 2)}, {"label": "x", "score": 0.6}],
        }
        for day, text in enumerate(TEXTS)
    ]
    assert look(tmp_path, weighted).labels == {"late": 10, "x": 20}


def test_annotators_who_disagree_in_rows_of_their_own_are_refused(tmp_path: Path) -> None:
    rows = [
        {"id": day // 2, "text": text, "mood": "ab"[day // 4 % 2], "annotation_id": day, "lead_time": 1.0}
        for day, text in enumerate(TEXTS)
    ]
    assert look(tmp_path, rows).labels == {"a": 12, "b": 8}
    rows[3]["mood"] = "b"
    with pytest.raises(Problem, match=r"rows.jsonl:4: task 1 .*different values of 'mood'.*--label-column"):
        look(tmp_path, rows)
    assert look(tmp_path, rows, label_column="mood").labels == {"a": 11, "b": 9}


def test_an_object_as_the_label_lists_its_paths(tmp_path: Path) -> None:
    rows = [{"text": text, "label": {"name": "ab"[day % 2], "n": 7}} for day, text in enumerate(TEXTS)]
    assert look(tmp_path, rows).label_column == "label.name"
    (sentence,) = look(tmp_path, rows, label_column="label").problems
    assert ":1:" in sentence
    assert "'label.name', 'label.n'" in sentence
    (sentence,) = look(tmp_path, rows, label_column="label.title").problems
    assert "no column 'label.title'" in sentence
    assert "'label.name'" in sentence
    assert look(tmp_path, rows, label_column="label.name").labels == {"a": 10, "b": 10}


def test_paths_work_in_parquet_and_for_texts_to_predict(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": list(range(20)),
            "item": [{"body": text, "marks": [{"label": "ab"[day % 2]}]} for day, text in enumerate(TEXTS)],
            "item.body": [f"plain {day}" for day in range(20)],
        }
    )
    path = str(tmp_path / "data.parquet")
    pq.write_table(table, path)
    config = DataConfig(train=path, text_column="item.body", label_column="item.marks[0].label")
    assert load_splits(config, seed=1).labels == ["a", "b"]
    assert all_texts(open_texts(path, ReadingConfig(text_column="item.body")))[3] == "plain 3"
    pq.write_table(table.drop_columns(["item.body"]), path)
    found = open_texts(path, ReadingConfig(text_column="item.body"))
    assert (all_texts(found), found.columns) == (TEXTS, ["id", "item"])


FLAGS = {
    "id": list(range(20)),
    "text": TEXTS,
    "late": [0, 1] * 10,
    "cold": [0, 0, 0, 1] * 5,
    "torn": [0] * 20,
}


@pytest.mark.parametrize("name", ["data.csv", "data.jsonl", "data.parquet"])
@pytest.mark.parametrize("kind", [int, float, bool, str])
def test_a_column_of_zeros_and_ones_for_each_label(tmp_path: Path, name: str, kind: type) -> None:
    torn = [1, *FLAGS["torn"][1:]]
    columns = FLAGS | {column: list(map(kind, cells)) for column, cells in (FLAGS | {"torn": torn}).items()
                       if column in ("late", "cold", "torn")}  # fmt: skip
    found = inspect(DataConfig(train=write(tmp_path, name, columns)))
    assert (found.label_column, found.labels) == ("late,cold,torn", {"cold": 5, "late": 10, "torn": 1})
    assert any("a column of 0 and 1 for each label" in reason for reason in found.reasons)


def test_columns_of_zeros_and_ones_in_other_data(tmp_path: Path) -> None:
    train = write(tmp_path, "a.csv", FLAGS)
    splits = load_splits(DataConfig(train=train, label_column="late, cold"), seed=1)
    assert (splits.label_column, splits.labels) == ("late, cold", ["cold", "late"])
    unknown = {"cold": [-1, 1], "late": [-1, 0], "text": ["one", "two"], "label": ["x", "y"]}
    trained = TrainedColumns("text", "late, cold", multi_label=True)
    other = load_labelled(DataConfig(train=write(tmp_path, "b.csv", unknown)), splits.labels, trained)
    assert (all_texts(other), other.label_ids[[0]].tolist()) == (["two"], [[True, False]])
    wrong = write(tmp_path, "c.csv", FLAGS | {"cold": [0] * 19 + ["2"]})
    with pytest.raises(Problem, match=r"c.csv:21: column 'cold' holds '2', which is not 0 or 1"):
        load_splits(DataConfig(train=wrong, label_column="late,cold"), seed=1)


def test_one_hot_columns_are_single_labels(tmp_path: Path) -> None:
    columns = {"text": TEXTS, "early": [1, 0] * 10, "late": [0, 1] * 10}
    splits = load_splits(DataConfig(train=write(tmp_path, "a.csv", columns)), seed=1)
    assert (splits.labels, splits.train.is_multi_label) == (["early", "late"], False)
