"""A column that names the split of each row divides a single source."""

from pathlib import Path

import data_files
import pytest
from label_columns import column

from core.config import DataConfig
from core.data.splits import DataSplits, load_labelled, load_splits
from core.problems import Problem


def write(path: Path, splits: list[str], name: str = "split") -> Path:
    lines = [
        f"The soup was {('cold', 'warm')[row % 2]} at visit number {row}.,{('bad', 'good')[row % 2]},{split}"
        for row, split in enumerate(splits)
    ]
    path.write_text("\n".join([f"text,label,{name}", *lines]) + "\n")
    return path


def load(path: Path, **settings: object) -> DataSplits:
    return load_splits(DataConfig.model_validate({"train": str(path), **settings}), seed=1)


@pytest.mark.parametrize("name", ["split", "data_set", "ML_Use"])
def test_rows_go_to_the_splits_that_a_column_names(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.csv", ["TRAIN"] * 12 + ["Validate"] * 4 + ["test"] * 6, name)
    splits = load(path)
    assert [(split.name, len(split)) for split in splits.present] == [
        ("train", 12),
        ("validation", 4),
        ("test", 6),
    ]
    assert splits.test is not None
    assert splits.test.source == f"{path} [test]"
    texts = [text for chunk in splits.test.texts.chunks() for text in chunk]
    assert texts[0] == "The soup was cold at visit number 16."
    assert splits.reasons[0] == (
        f"split column {name!r}: divides the rows into train, validation and test "
        "(--split-column none overrules it)."
    )
    whole = load(path, split_column="none")
    assert len(whole.train) + len(whole.validation) == 22
    assert whole.test is None


@pytest.mark.parametrize(
    ("name", "numbers", "sizes", "said"),
    [
        ("split", "0" * 12 + "1" * 4 + "2" * 6, (12, 4, 6), "0 is train, 1 is validation, 2 is test ("),
        ("split", "0" * 8 + "1" * 7 + "2" * 7, None, "--split-column 'split' reads 0 as train"),
        ("set", "0" * 16 + "1" * 6, None, "column 'set' holds 0, 1 and is not used"),
        ("partition", "1" * 12 + "2" * 5 + "3" * 5, None, "write train, validation and test instead"),
        ("fold", "0" * 12 + "1" * 5 + "2" * 5, None, "numbers 3 folds and is not used"),
        ("split_id", "0" * 12 + "1" * 4 + "2" * 6, (12, 4, 6), "0 is train"),
        ("split", ["-1"] * 12 + ["1"] * 5 + [""] * 5, None, "column 'split' holds -1, 1 and is not used"),
        ("test", "0" * 16 + "1" * 6, (14, 2, 6), "divides the rows into train and test"),
        ("essay_set", "0" * 12 + "1" * 5 + "2" * 5, None, None),
    ],
)
def test_numbers_of_splits_are_read_where_certain_and_else_said(
    tmp_path: Path, name: str, numbers: str | list[str], sizes: tuple[int, ...] | None, said: str | None
) -> None:
    path = write(tmp_path / "a.csv", list(numbers), name)
    splits = load(path)
    assert sizes is None or tuple(map(len, splits.present)) == sizes
    assert sizes is not None or splits.test is None
    found = [reason for reason in splits.reasons if f"column '{name}'" in reason]
    assert len(found) == (said is not None)
    assert said is None or said in found[0]
    if said and "reads 0" in said:
        assert [len(split) for split in load(path, split_column=name).present] == [8, 7, 7]


def test_a_column_of_a_single_split_divides_nothing(tmp_path: Path) -> None:
    splits = load(write(tmp_path / "a.csv", ["train"] * 20))
    assert splits.train.source == str(tmp_path / "a.csv")
    assert not any("split column" in reason for reason in splits.reasons)


def test_another_value_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["train"] * 12 + ["test"] * 4 + ["unsup"] * 4)
    with pytest.raises(Problem, match="a.csv:18: the split column 'split' holds 'unsup'.*--split-column"):
        load(path)
    with pytest.raises(Problem, match="no column 'part'"):
        load(path, split_column="part")


def test_problems_name_the_line_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["train"] * 12 + ["test"] * 6)
    path.write_text(path.read_text().replace(",good,test", ",,test", 1))
    with pytest.raises(Problem, match=r"no label in column 'label' \(.*a.csv:15"):
        load(path)


def test_evaluation_reads_the_test_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["train"] * 12 + ["test"] * 6)
    split = load_labelled(DataConfig(train=str(path)), ["bad", "good"])
    assert (split.name, len(split)) == ("test", 6)
    assert "split column 'split'" in split.reasons[0]


@pytest.mark.parametrize(
    ("name", "flags", "sizes"),
    [
        ("is_valid", ["True", "False", "False"], (16, 8, 0)),
        ("is_test", ["1", "0", "0"], (14, 2, 8)),
        ("is_train", ["false", "true", "true"], (14, 2, 8)),
        ("is_valid", ["True", "True", "False"], (22, 2, 0)),
    ],
)
def test_a_column_that_marks_held_out_rows_divides_them(
    tmp_path: Path, name: str, flags: list[str], sizes: tuple[int, ...]
) -> None:
    found = load(write(tmp_path / "rows.csv", flags * 8, name))
    assert (len(found.train), len(found.validation), len(found.test or ())) == sizes
    assert (f"split column '{name}'" in found.reasons[0]) == (sizes[0] < 20)


def test_folds_are_named_and_a_flag_of_a_split_is_no_label(tmp_path: Path) -> None:
    rows = column([1, 0, 0, 1], "rude", mean=[0, 1], kind=[1, 1, 0], is_test=[0, 0, 0, 1], fold=[0, 1, 2])
    found = load(Path(data_files.write(tmp_path, "rows.csv", rows)))
    assert found.label_column == "rude,mean,kind"
    assert any("column 'fold' numbers 3 folds" in reason for reason in found.reasons)


def write_rows(folder: Path, column: str, splits: tuple[str, ...]) -> DataConfig:
    """Sixty rows with three labels, the last column of which holds these words in turn."""
    labels = ("joy", "anger", "fear")
    rows = [
        f"review number {row} about {labels[row % 3]},{labels[row % 3]},{splits[row // 3 % len(splits)]}"
        for row in range(60)
    ]
    path = folder / "rows.csv"
    path.write_text("\n".join([f"text,label,{column}", *rows]) + "\n")
    return DataConfig(train=str(path))


@pytest.mark.parametrize(
    ("column", "words", "splits"),
    [
        ("partition", ("tr", "te"), {"train", "test"}),
        ("Usage", ("Training", "PublicTest", "PrivateTest"), {"train", "validation", "test"}),
        ("Datensatz", ("Train", "Test"), {"train", "test"}),
        ("data_type", ("train", "val"), {"train", "validation"}),
    ],
)
def test_splits_in_other_words_and_in_columns_of_any_name(
    column: str, words: tuple[str, ...], splits: set[str], tmp_path: Path
) -> None:
    found = load_splits(write_rows(tmp_path, column, words), seed=1)
    assert any(reason.startswith(f"split column {column!r}: ") for reason in found.reasons)
    assert {split.name for split in found.present} == splits | {"train", "validation"}
    assert sum(map(len, found.present)) == 60


def test_languages_and_other_words_are_no_splits(tmp_path: Path) -> None:
    found = load_splits(write_rows(tmp_path, "lang", ("tr", "te")), seed=1)
    assert found.test is None
    found = load_splits(write_rows(tmp_path, "split", ("a", "b")), seed=1)
    assert found.test is None
    assert any("column 'split' holds a, b and is not used" in reason for reason in found.reasons)
