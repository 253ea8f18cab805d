"""JSON is read in every usual form of rows, with the same examples; what was assumed is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.config import DataConfig
from core.data.examples.texts import open_texts
from core.data.report import inspect
from core.data.splits import load_splits
from core.problems import Problem
from core.protocol import Inspection
from tests.hostile.exports import FORMS

TEXTS = [f"the meal of day {day} was {'warm' if day % 2 else 'cold'}" for day in range(10)]
LABELS = ["good" if day % 2 else "bad" for day in range(10)]
RECORDS = [{"text": text, "label": label} for text, label in zip(TEXTS, LABELS, strict=True)]


def look(folder: Path, content: Any, name: str = "data.json", **settings: Any) -> Inspection:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return inspect(DataConfig(train=str(path), **settings))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_texts(tmp_path: Path, form: str) -> None:
    found = look(tmp_path, FORMS[form])
    assert not found.problems, found.problems
    assert sum(found.labels.values()) == (11 if form == "texts-by-label" else 12)
    assert sorted(found.labels) in (["label 0", "label 1"], ["a", "b"])
    assert form == "lists" or "chosen by name" not in found.reasons[0]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "\n".join(json.dumps(row, indent=1) for row in RECORDS), "follow each other"),
        ("a.jsonl", "\n".join(json.dumps(row, indent=1) for row in RECORDS), "follow each other"),
        ("a.json", "\n".join(map(json.dumps, RECORDS)), "one row per line"),
        ("a.jsonl", json.dumps(RECORDS), ""),
        ("a.jsonl", json.dumps(RECORDS, indent=1), ""),
        ("a.jsonl", "\n".join(json.dumps([row["text"], row["label"]]) for row in RECORDS), "lists of 2"),
    ],
)
def test_objects_behind_each_other_and_lists_in_json_lines(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    found = look(tmp_path, content, name)
    assert (found.rows, found.labels, found.problems) == (10, {"bad": 5, "good": 5}, [])
    assert said in found.reasons[0]


def test_splits_as_keys_are_the_splits_of_the_run(tmp_path: Path) -> None:
    pairs = [[row["text"], row["label"]] for row in RECORDS]
    content = {"train": pairs, "val": pairs[:4], "test": pairs[4:], "oos_train": pairs[:1]}
    found = look(tmp_path, content)
    path = str(tmp_path / "data.json")
    assert found.sources == {
        "train": f"{path} [train]",
        "validation": f"{path} [val]",
        "test": f"{path} [test]",
    }
    assert any("not read: 'oos_train'" in reason for reason in found.reasons)
    with pytest.raises(Problem, match="splits 'train', 'validation', 'test'"):
        open_texts(path)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"version": "1", "data": [{"title": "t", "paragraphs": [{"context": text}]} for text in TEXTS]},
         ["'paragraphs' lie deeper", "flat", "'paragraphs.0.context'"]),
        ({"text": TEXTS, "label": LABELS[:3]}, ["'text' has 10", "'label' has 3"]),
        ({"one": [{"x": 1}], "other": [{"y": 2}, {"y": 3}]}, ["several lists", "'one'", "'other'"]),
        (dict(zip(TEXTS, LABELS, strict=True)), ["unclear", "flat"]),
        ([["a", "b"], ["c"]], ["row 2", "a list of 2", "a list of 1"]),
        ({"text": {"0": "a", "1": "b"}, "label": {"0": "x", "2": "y"}}, ["do not have the same rows"]),
    ],
)  # fmt: skip
def test_other_structures_are_refused_with_what_was_found(
    tmp_path: Path, content: Any, parts: list[str]
) -> None:
    try:
        (sentence,) = look(tmp_path, content).problems
    except Problem as problem:
        sentence = str(problem)
    assert all(part in sentence for part in parts), sentence


def test_a_path_that_leaves_items_out_is_not_advised_and_else_said(tmp_path: Path) -> None:
    rows = [{"paragraphs": RECORDS[start : start + 2]} for start in range(9)]
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"data": rows}))
    with pytest.raises(Problem, match="A row holds several objects in 'paragraphs'") as found:
        load_splits(DataConfig(train=str(path)), seed=0)
    assert "paragraphs.0" not in found.value.mend
    columns = {"text_column": "paragraphs.0.text", "label_column": "paragraphs.0.label"}
    splits = load_splits(DataConfig(train=str(path), **columns), seed=0)
    assert "'paragraphs.0.text' reads one item of a list; 9 of the first 9 rows have more" in str(
        splits.reasons
    )


def test_objects_in_a_list_for_each_label(tmp_path: Path) -> None:
    lists = {
        "good": [{"id": 1, "text": text} for text in TEXTS[:6]],
        "bad": [{"text": text} for text in TEXTS[6:]],
    }
    found = look(tmp_path, lists)
    assert found.labels == {"bad": 4, "good": 6}
    assert "keys are the labels" in found.reasons[0]


def test_a_label_without_texts_is_said(tmp_path: Path) -> None:
    intents = [
        {"tag": "a", "patterns": TEXTS[:5]},
        {"tag": "none", "patterns": []},
        {"tag": "b", "patterns": TEXTS[5:]},
    ]
    found = look(tmp_path, {"intents": intents})
    assert found.labels == {"a": 5, "b": 5}
    assert any("the texts in 'patterns', with the label in 'tag'" in reason for reason in found.reasons)
    (said,) = load_splits(DataConfig(train=str(tmp_path / "data.json")), seed=0).warnings[:1]
    assert "row 2: a label without texts, 1 in all; skipped" in said


@pytest.mark.parametrize("indent", [None, 1])
def test_lists_behind_each_other_are_read_and_said(tmp_path: Path, indent: int | None) -> None:
    rows = [{"text": f"item {row}", "label": "ab"[row % 2]} for row in range(12)]
    content = "\n".join(json.dumps(rows[at : at + 4], indent=indent) for at in (0, 4, 8))
    path = tmp_path / "rows.json"
    path.write_text(content)
    splits = load_splits(DataConfig(train=str(path)), seed=1)
    assert len(splits.train) + len(splits.validation) == 12
    assert any("another list follows the first, 2 in all" in each for each in splits.warnings)


def test_a_string_on_each_line_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('"first, one"\n"second"\n')
    assert [text for chunk in open_texts(str(path)).chunks() for text in chunk.texts] == [
        "first, one",
        "second",
    ]
