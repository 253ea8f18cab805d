"""Labels in the names of files, in the lines of another file, and in folders that are named otherwise."""

from pathlib import Path

import pytest

from core.config import DataConfig
from core.data.splits import DataSplits, load_splits
from core.problems import Problem

TEXTS = {
    label: [f"The soup was {word} at visit number {row}." for row in range(12)]
    for label, word in (("bad", "cold"), ("good", "warm"))
}
LINES = [(text, label) for label, texts in TEXTS.items() for text in texts]


def load(folder: Path | str) -> DataSplits:
    return load_splits(DataConfig(train=str(folder)), seed=1)


def put(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("{}.txt", []),
        ("{}.csv", ["text"]),
        ("reviews.{}", []),
        ("train/{}.txt", []),
    ],
)
def test_files_are_named_for_labels(tmp_path: Path, name: str, header: list[str]) -> None:
    for label, texts in TEXTS.items():
        put(tmp_path / name.format(label), header + texts)
    put(tmp_path / "README.md", ["About the data."])
    splits = load(tmp_path)
    assert splits.labels == ["bad", "good"]
    assert len(splits.train) + len(splits.validation) == 24
    assert "labels are the names of files" in splits.reasons[0]


@pytest.mark.parametrize(
    "names", [("part1.txt", "part2.txt"), ("texts.txt", "vocab.txt"), ("a.csv", "b.csv")]
)
def test_other_names_are_no_labels(tmp_path: Path, names: tuple[str, str]) -> None:
    for name, texts in zip(names, TEXTS.values(), strict=True):
        header = ["text,label"] * name.endswith(".csv")
        put(tmp_path / name, header + [f"{text},x" if header else text for text in texts])
    with pytest.raises(Problem, match="no train, validation or test file"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        ("train_text.txt", "train_labels.txt"),
        ("train/seq.in", "train/label"),
        ("x_train.txt", "y_train.txt"),
        ("texts.txt", "labels.txt"),
    ],
)
def test_labels_in_lines_of_their_own(tmp_path: Path, texts: str, labels: str) -> None:
    put(tmp_path / texts, [text for text, _ in LINES])
    put(tmp_path / labels, [str(int(label == "good")) for _, label in LINES])
    put(tmp_path / "mapping.txt", ["0\tbad", "1\tgood"])
    splits = load(tmp_path)
    assert splits.labels == ["bad", "good"]
    assert not any("not read" in reason for reason in splits.reasons)
    pairs = [
        (text, splits.labels[number])
        for split in (splits.train, splits.validation)
        for text, number in zip(next(split.texts.chunks()), split.label_ids, strict=True)
    ]
    assert sorted(pairs) == sorted(LINES)
    if "train" in texts:
        put(tmp_path / texts.replace("train", "test"), ["A text."])
        assert any("without the other half" in reason for reason in load(tmp_path).reasons)
    put(tmp_path / labels, ["0"] * 23)
    with pytest.raises(Problem, match="more lines than"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("news-train/{label}/{row}", "labels are the names of folders"),
        ("corpus/{label}/{row}.txt", "labels are the names of folders"),
        ("{label}/{fold}/{row}.txt", "The folders within them are numbered"),
        ("{label}/fold{fold}/{row}.txt", "The folders within them are numbered"),
    ],
)
def test_folders_of_labels_are_found(tmp_path: Path, form: str, says: str) -> None:
    for row, (text, label) in enumerate(LINES):
        put(tmp_path / form.format(label=label, row=row, fold=row % 2), [text])
    if not form.startswith("corpus"):
        put(tmp_path / "index.csv", ["file,label", "0,bad"])
    splits = load(tmp_path)
    assert splits.labels == ["bad", "good"]
    assert len(splits.train) + len(splits.validation) == 24
    assert any(says in reason for reason in splits.reasons)
    assert "corpus" in form or any("not read: 'index.csv'" in reason for reason in splits.reasons)


def test_folders_that_may_all_be_labels_are_refused(tmp_path: Path) -> None:
    for row, (text, label) in enumerate(LINES):
        put(tmp_path / label / ("en", "de")[row % 2] / f"{row}.txt", [text])
    with pytest.raises(Problem, match="which of them are the labels is not known"):
        load(tmp_path)


def write_texts(folder: Path, *names: str) -> Path:
    for name in names:
        lines = [f'"a film that is {name} in {number} ways, and more"' for number in range(12)]
        (folder / f"{name}.csv").write_text("\n".join(["text", *lines]) + "\n")
    return folder


def test_words_that_all_names_of_files_share_are_no_part_of_a_label(tmp_path: Path) -> None:
    folder = write_texts(tmp_path, "reviews_negative_en", "reviews_positive_en")
    assert load_splits(DataConfig(train=str(folder)), seed=1).labels == ["negative", "positive"]


@pytest.mark.parametrize("names", [("model_a_results", "model_b_results"), ("en", "de")])
def test_names_of_files_that_number_or_name_a_language_are_no_labels(
    names: tuple[str, str], tmp_path: Path
) -> None:
    with pytest.raises(Problem):
        load_splits(DataConfig(train=str(write_texts(tmp_path, *names))), seed=1)


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("model_a_results", "model_b_results"), "letters"),
        (("en", "de"), "codes of languages"),
        (("reviews-jan", "reviews-feb"), "dates"),
    ],
)
def test_names_that_are_no_words_for_labels_are_refused(
    tmp_path: Path, names: tuple[str, str], what: str
) -> None:
    for name, texts in zip(names, TEXTS.values(), strict=True):
        put(tmp_path / f"{name}.csv", ["text", *texts])
    with pytest.raises(Problem, match=f"their names differ only in {what}"):
        load(tmp_path)


@pytest.mark.parametrize("names", [("yes", "no"), ("reviews_yes_2020", "reviews_no_2020")])
def test_words_that_all_names_share_are_no_part_of_the_labels(tmp_path: Path, names: tuple[str, str]) -> None:
    for name, texts in zip(names, TEXTS.values(), strict=True):
        put(tmp_path / f"{name}.csv", ["text", *texts])
    assert sorted(load(tmp_path).labels) == ["no", "yes"]
