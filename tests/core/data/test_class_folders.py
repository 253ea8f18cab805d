"""A folder for each label, with one text in each file."""

from pathlib import Path

import pytest
from data_files import part_texts

from core.config import DataConfig
from core.data.report import inspect
from core.data.splits import DataSplits, load_splits
from core.problems import Problem


def write_folders(folder: Path, *labels: str, count: int = 8, name: str = "{}.txt") -> Path:
    for label in labels:
        (folder / label).mkdir(parents=True)
        for number, text in enumerate(part_texts(label, count)):
            (folder / label / name.format(number)).write_text(text)
    return folder


def load(folder: Path, **settings: object) -> DataSplits:
    return load_splits(DataConfig(train=str(folder), **settings), seed=1)


def problem_of(folder: Path, **settings: object) -> str:
    with pytest.raises(Problem) as caught:
        load(folder, **settings)
    return str(caught.value)


def texts_of(splits: DataSplits) -> set[str]:
    return {text for part in splits.present for chunk in part.texts.chunks() for text in chunk}


@pytest.mark.parametrize("name", ["{}.txt", "{}", "{}.TXT", "0001.1999-12-10.{}"])
def test_folders_are_labels(tmp_path: Path, name: str) -> None:
    splits = load(write_folders(tmp_path, "dull", "fine", name=name))
    assert splits.labels == ["dull", "fine"]
    assert texts_of(splits) == {*part_texts("dull"), *part_texts("fine")}
    assert any("labels are the names of folders" in reason for reason in splits.reasons)


def test_splits_of_folders_and_texts_without_a_label(tmp_path: Path) -> None:
    write_folders(tmp_path / "train", "neg", "pos", "unsup")
    write_folders(tmp_path / "test", "neg", "pos", count=4)
    (tmp_path / "README").write_text("about")
    (tmp_path / "train" / "urls_pos.txt").write_text("http://localhost\n")
    splits = load(tmp_path)
    assert splits.labels == ["neg", "pos"]
    assert splits.test is not None
    assert (len(splits.train) + len(splits.validation), len(splits.test)) == (16, 8)
    assert any("folder 'unsup' is not read: it has no label" in reason for reason in splits.reasons)


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    folder = write_folders(tmp_path, "neg", "pos")
    (folder / "neg" / "3.txt").write_text("")
    assert f"1 row has no text in column 'text' ({folder / 'neg' / '3.txt'})" in problem_of(folder)
    assert len(texts_of(load(folder, drop_bad_rows=True))) == 15


def test_undecodable_files(tmp_path: Path) -> None:
    folder = write_folders(tmp_path, "neg", "pos")
    (folder / "pos" / "2.txt").write_bytes("caf\xe9 and more words".encode("latin-1"))
    sentence = problem_of(folder)
    assert str(folder / "pos" / "2.txt") in sentence
    assert "--encoding" in sentence
    assert "café and more words" in texts_of(load(folder, encoding="latin-1"))
    splits = load(folder, drop_bad_rows=True)
    assert len(texts_of(splits)) == 15
    assert any("cannot be decoded, 1 in all; skipped" in warning for warning in splits.warnings)


def test_changed_files_are_noticed(tmp_path: Path) -> None:
    splits = load(write_folders(tmp_path, "neg", "pos"))
    (tmp_path / "pos" / "new.txt").write_text("one more")
    with pytest.raises(Problem, match="files changed while they were in use"):
        texts_of(splits)


def test_an_ordinary_folder_is_no_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("print()")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "notes.txt").write_text("words")
    assert "no train, validation or test file" in problem_of(tmp_path)
    (tmp_path / "table.csv").write_text("text,label\na,b\n")
    assert "only 'table.csv'" in problem_of(tmp_path)


def test_a_row_of_a_finding_names_its_file(tmp_path: Path) -> None:
    folder = write_folders(tmp_path, "neg", "pos")
    (folder / "pos" / "only.txt").write_text(" ")
    (sentence,) = inspect(DataConfig(train=str(folder))).problems
    assert f"{folder / 'pos' / 'only.txt'}" in sentence
