"""Several columns with a label each, and labels of one column that are written in two ways."""

from itertools import cycle, islice
from pathlib import Path

import pytest

from core.config import DataConfig
from core.data.splits import load_splits

TEXTS = [f"The soup was cold and nobody came to visit number {number}." for number in range(60)]


def write(folder: Path, header: str, rows: list[str]) -> Path:
    path = folder / "data.csv"
    lines = [f'"{text}",{row}' for text, row in zip(TEXTS, islice(cycle(rows), len(TEXTS)), strict=True)]
    path.write_text("\n".join([f"text,{header}", *lines]) + "\n")
    return path


def said(path: Path) -> tuple[list[str], bool, str]:
    splits = load_splits(DataConfig(train=str(path)), seed=1)
    return splits.labels, splits.train.is_multi_label, " ".join(splits.reasons)


@pytest.mark.parametrize("header", ["label1,label2", "tag_1,tag_2", "Label 1,Label 2", "genre,genre_2"])
def test_numbered_columns_hold_the_labels_of_a_text(tmp_path: Path, header: str) -> None:
    labels, many, reasons = said(write(tmp_path, header, ["joy,", "joy,fear", "fear,joy"]))
    assert (labels, many) == (["fear", "joy"], True)
    assert "a label in each of the columns" in reasons


def test_levels_of_categories_are_not_labels_of_one_kind(tmp_path: Path) -> None:
    labels, many, _ = said(write(tmp_path, "category_1,category_2", ["home,bed", "home,garden", "work,desk"]))
    assert (labels, many) == (["home", "work"], False)


def test_annotators_who_disagree_are_mentioned(tmp_path: Path) -> None:
    labels, many, reasons = said(write(tmp_path, "label_1,label_2", ["pos,pos", "neg,neg", "pos,neg"]))
    assert (labels, many) == (["neg", "pos"], False)
    assert "'label_2' is not read; it differs from 'label_1' in 20 of 60 rows" in reasons


def test_a_second_label_in_another_column_is_mentioned(tmp_path: Path) -> None:
    _, many, reasons = said(
        write(tmp_path, "primary_label,secondary_label", ["joy,fear", "fear,", "fear,joy"])
    )
    assert not many
    assert "--label-column 'primary_label,secondary_label' reads them" in reasons


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        ("Price,Service", ["Price,", ",Service", "Price,Service"], ["Price", "Service"]),
        ("Q2[price],Q2[bad service]", ["Y,", ",Y", "Y,Y"], ["bad service", "price"]),
        ("Answer.topic.art,Answer.topic.food", ["true,false", "true,true", "false,true"], ["art", "food"]),
    ],
)
def test_columns_of_a_survey_are_labels(
    tmp_path: Path, header: str, rows: list[str], expected: list[str]
) -> None:
    labels, many, _ = said(write(tmp_path, header, rows))
    assert (labels, many) == (expected, True)


def test_a_vector_of_r_may_stand_beside_plain_labels(tmp_path: Path) -> None:
    labels, many, _ = said(write(tmp_path, "label", ["joy", "fear", '"c(""joy"", ""fear"")"']))
    assert (labels, many) == (["fear", "joy"], True)


@pytest.mark.parametrize("pair", ["R&D,R&amp;D", "spam,sp\u0430m"])
def test_labels_that_look_alike_are_reported(tmp_path: Path, pair: str) -> None:
    splits = load_splits(DataConfig(train=str(write(tmp_path, "label", pair.split(",")))), seed=1)
    assert any("differ only in" in warning for warning in splits.warnings)
