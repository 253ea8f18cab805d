"""What says that a label applies: a weight beside it, a flag, or an annotator's column."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from core.config import DataConfig
from core.data.splits import DataSplits, load_splits
from core.problems import Problem


def _objects(folder: Path, rows: list[list[dict[str, Any]]], *, as_text: bool = False) -> DataSplits:
    path = folder / "rows.jsonl"
    lines = [
        json.dumps({"text": f"the soup of day {day} was warm", "labels": json.dumps(row) if as_text else row})
        for day, row in enumerate(rows)
    ]
    path.write_text("\n".join(lines))
    return load_splits(DataConfig(train=str(path)), seed=1)


def _columns(folder: Path, names: list[str], rows: list[list[int]]) -> DataSplits:
    path = folder / "rows.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["text", *names], *([f"the soup of day {day} was warm", *row] for day, row in enumerate(rows))]
        )
    return load_splits(DataConfig(train=str(path)), seed=1)


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    ("member", "high", "low"),
    [
        ("score", 1, 0),
        ("score", 0.9, 0),
        ("prob", 0.9, 0.1),
        ("selected", True, False),
        ("gilt", 1, 0.2),
        ("p", "0.8", "0.2"),
    ],
)
def test_a_member_that_varies_is_the_weight(
    tmp_path: Path, member: str, high: Any, low: Any, as_text: bool
) -> None:
    rows = [
        [
            {"label": "POS", member: high if day % 2 else low},
            {"label": "NEG", member: low if day % 2 else high},
        ]
        for day in range(40)
    ]
    found = _objects(tmp_path, rows, as_text=as_text)
    assert found.labels == ["NEG", "POS"]
    assert not found.train.is_multi_label


@pytest.mark.parametrize("member", ["votes", "confidence"])
def test_a_number_above_one_is_asked_about(tmp_path: Path, member: str) -> None:
    rows = [[{"name": "joy", member: day % 4}, {"name": "awe", member: 3 - day % 4}] for day in range(40)]
    with pytest.raises(Problem, match=f"{member!r} may say whether a text has the label"):
        _objects(tmp_path, rows)


def test_numbers_that_a_label_decides_are_no_weights(tmp_path: Path) -> None:
    rows = [[{"name": "abc"[day % 3], "level": day % 3, "created_at": day}] for day in range(40)]
    assert _objects(tmp_path, rows).labels == ["a", "b", "c"]


def test_the_same_labels_in_every_row_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="every row has the same labels, 'awe', 'joy'|'joy', 'awe'"):
        _objects(tmp_path, [[{"name": "joy"}, {"name": "awe"}]] * 40)


@pytest.mark.parametrize(
    "names", [("ann1_toxic", "ann2_toxic"), ("toxic_1", "toxic_2"), ("rater_a_rude", "rater_b_rude")]
)
def test_one_label_by_several_annotators_is_asked_about(tmp_path: Path, names: tuple[str, str]) -> None:
    with pytest.raises(Problem, match="ambiguous"):
        _columns(tmp_path, list(names), [[day % 2, day % 3 % 2] for day in range(40)])


def test_columns_that_share_a_word_and_differ_are_labels(tmp_path: Path) -> None:
    rows = [[int(day % 5 == 0), int(day % 4 == 1), int(day % 6 == 2)] for day in range(60)]
    names = ["food_abuse", "verbal_abuse", "stalking_abuse"]
    assert _columns(tmp_path, names, rows).labels == sorted(names)


def test_minus_one_within_a_scale_is_a_step(tmp_path: Path) -> None:
    assert _columns(tmp_path, ["label"], [[day % 5 - 2] for day in range(40)]).labels[0] == "-2"
