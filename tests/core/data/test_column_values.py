"""What the values of a column decide: labels that are kept back, amounts, and columns named by number."""

import json
from pathlib import Path

import pytest

from core.config import DataConfig, ReadingConfig
from core.data.examples.texts import open_texts
from core.data.splits import DataSplits, load_splits
from core.problems import Problem

ROWS = [
    (f"The soup was {taste} at visit number {number}.", label)
    for number in range(10)
    for taste, label in (("cold", "bad"), ("warm", "good"))
]


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def load(path: Path, **settings: object) -> DataSplits:
    return load_splits(DataConfig.model_validate({"train": str(path), **settings}), seed=1)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_test_split_whose_labels_are_kept_back_is_not_used(tmp_path: Path, form: str) -> None:
    for split in ("train", "test"):
        rows = [(text, -1 if split == "test" else int(label == "good")) for text, label in ROWS]
        lines = ["text,label", *(f"{text},{label}" for text, label in rows)]
        if form == "jsonl":
            lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
        write(tmp_path / f"{split}.{form}", lines)
    splits = load(tmp_path)
    assert splits.test is None
    assert any("the test split has only the label -1 and is not used" in each for each in splits.warnings)
    with pytest.raises(Problem, match="does not have the label '-1'"):
        load(tmp_path / f"train.{form}", test=str(tmp_path / f"test.{form}"))


def test_one_kept_back_label_among_others_is_a_problem(tmp_path: Path) -> None:
    for split in ("train", "test"):
        labels = [int(label == "good") for _, label in ROWS]
        labels[3] = -1 if split == "test" else 1
        cells = [f"{text},{label}" for (text, _), label in zip(ROWS, labels, strict=True)]
        write(tmp_path / f"{split}.csv", ["text,label", *cells])
    with pytest.raises(Problem, match="does not have the label '-1'"):
        load(tmp_path)


@pytest.mark.parametrize("amounts", [("12,50", "7,00"), ("12.50", "7.00"), ("0,5", "1")])
def test_amounts_are_no_labels_beside_words(tmp_path: Path, amounts: tuple[str, str]) -> None:
    lines = [f"{text};{amounts[row % 2]};{label}" for row, (text, label) in enumerate(ROWS)]
    splits = load(write(tmp_path / "a.csv", ["Kommentar;Preis;Urteil", *lines]))
    assert splits.label_column == "Urteil"
    assert any("not 'Preis', with decimals (--label-column overrules it)" in each for each in splits.reasons)


def test_numbers_name_columns_of_a_file_without_a_header(tmp_path: Path) -> None:
    bare = write(tmp_path / "bare.csv", [f"{label},{row},{text}" for row, (text, label) in enumerate(ROWS)])
    splits = load(bare, text_column="3", label_column="1")
    assert (splits.text_column, splits.label_column) == ("column 3", "column 1")
    assert load(bare, text_column="2,3", label_column="1").train.has_text_pairs
    assert open_texts(str(bare), ReadingConfig(text_column="3")).text_column == "column 3"
    with pytest.raises(Problem, match="no column '4'"):
        load(bare, text_column="4", label_column="1")
    titled = write(tmp_path / "titled.csv", ["label,text", *(f"{label},{text}" for text, label in ROWS)])
    with pytest.raises(Problem, match="no column '2'"):
        load(titled, text_column="2")
