"""Several files and folders: what is not read, labels that differ between files, and ways to write a path."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_files import delimited, reviews

from core.config import DataConfig
from core.data.splits import DataSplits, load_splits
from core.files.cache import cache_problem
from core.problems import Problem


def write(path: Path, labels: dict[str, str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = reviews()
    columns["label"] = [(labels or {}).get(label, label) for label in columns["label"]]
    columns["text"] = [f"{text} {path.name}" for text in columns["text"]]
    path.write_text(delimited(columns))
    return path


def load(name: object, **settings: object) -> DataSplits:
    return load_splits(DataConfig.model_validate({"train": str(name), **settings}), seed=1)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (["holdout.csv"], "not read: 'holdout.csv' (--validation FILE or --test FILE reads one)."),
        (["dev_matched.csv", "dev_mismatched.csv"], "not read: 'dev_matched.csv', 'dev_mismatched.csv' ("),
        (["data/test.csv"], "not read: 'data/test.csv' ("),
        ([f"more/{number}.csv" for number in range(9)], "not read: 'more' ("),
        (["dev.csv", "test.csv", "README.txt", ".hidden.csv"], None),
    ],
)
def test_files_of_a_folder_that_are_not_read_are_said(
    tmp_path: Path, others: list[str], said: str | None
) -> None:
    for name in ("train.csv", *others):
        write(tmp_path / name)
    found = [reason for reason in load(tmp_path).reasons if "not read" in reason]
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_texts_beside_the_folders_of_labels_are_said(tmp_path: Path) -> None:
    for number in range(6):
        for folder in ("good", "bad", "test"):
            text = tmp_path / folder / f"{number}.txt"
            text.parent.mkdir(exist_ok=True)
            text.write_text(f"{folder} {number}")
    found = load(tmp_path)
    assert found.labels == ["bad", "good"]
    assert any("not read: 'test'" in reason for reason in found.reasons)


def test_numbers_in_one_file_and_names_in_another(tmp_path: Path) -> None:
    names = write(tmp_path / "a.csv")
    known = sorted({*reviews()["label"]})
    numbers = {name: str(number) for number, name in enumerate(known)}
    write(tmp_path / "b.csv", numbers)
    with pytest.raises(Problem, match="b.csv has the labels '0', '1', but .*a.csv has .*--label-names"):
        load(tmp_path / "*.csv")
    found = load(tmp_path / "*.csv", label_names=known)
    assert found.labels == known
    assert any(f"'0' as {known[0]!r}" in reason for reason in found.reasons)
    write(tmp_path / "b.csv", {known[0]: "2024"})
    assert load(f"{names},{tmp_path / 'b.csv'}").labels == ["2024", *known]


def test_numbers_are_read_by_the_class_names_of_another_file(tmp_path: Path) -> None:
    known = sorted({*reviews()["label"]})
    numbers = [known.index(label) for label in reviews()["label"]]
    features = {"label": {"_type": "ClassLabel", "names": known}}
    table = pa.table({"text": reviews()["text"], "label": numbers})
    about = {b"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(about), tmp_path / "a.parquet")
    names = f"{tmp_path / 'b.csv'},{tmp_path / 'a.parquet'}"
    write(tmp_path / "b.csv", {name: str(number) for number, name in enumerate(known)})
    found = load(names)
    assert found.labels == known
    assert any("b.csv: numbers in 'label' are read by the class names" in each for each in found.reasons)
    write(tmp_path / "b.csv")
    assert not any("class names" in each for each in load(names).reasons)
    write(tmp_path / "b.csv", {name: str(number) for number, name in enumerate(known, 1)})
    with pytest.raises(Problem, match="b.csv has the labels '1', '2', but .*a.parquet has"):
        load(names)


@pytest.mark.parametrize("prefix", ["file://", "FILE://", "local://", "file://localhost", "file:"])
def test_ways_to_write_a_path(tmp_path: Path, prefix: str) -> None:
    path = write(tmp_path / "a b.csv")
    assert load(prefix + str(path)).labels == load(path).labels
    assert load((prefix + str(path)).replace(" ", "%20")).labels == load(path).labels


def test_paths_that_name_no_file_here() -> None:
    with pytest.raises(Problem, match="server is another machine"):
        load("file://server/share/a.csv")
    with pytest.raises(Problem, match="there is no such user"):
        load("~nobody-has-this-name/a.csv")


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (OSError(28, "No space left on device"), "Free disk space"),
        (OSError(27, "File too large"), "ulimit -f"),
        (OSError(30, "Read-only file system"), "Set XDG_CACHE_HOME to a folder that can be written"),
    ],
)
def test_advice_for_a_cache_that_cannot_be_written_fits_its_cause(
    tmp_path: Path, error: OSError, mend: str
) -> None:
    assert mend in cache_problem("a copy", tmp_path, error).mend


@pytest.mark.parametrize("name", ["part-0000{}-ab12-c000.csv", "part-0000{}"])
def test_a_folder_of_parts_is_one_split(tmp_path: Path, name: str) -> None:
    for number in range(3):
        write(tmp_path / name.format(number))
    (tmp_path / name.format(3)).touch()
    (tmp_path / "_SUCCESS").touch()
    found = load(tmp_path)
    assert len(found.train) + len(found.validation) == 3 * len(reviews()["text"])
    assert any(reason.startswith("3 files are read as one split: part-00000") for reason in found.reasons)
    (tmp_path / "_temporary").mkdir()
    with pytest.raises(Problem, match="has not finished"):
        load(tmp_path)


def test_parts_beside_other_files_are_not_taken_for_all(tmp_path: Path) -> None:
    for name in ("part-00000-a.csv", "part-00001-a.csv", "more.csv"):
        write(tmp_path / name)
    with pytest.raises(Problem, match="no train, validation or test file"):
        load(tmp_path)


def test_an_encoding_is_named_by_several_texts_of_a_folder(tmp_path: Path) -> None:
    texts = {"good": ["Käse", "Schöne Grüße aus München"], "bad": ["Tür", "überhaupt nicht schön"]}
    for label, found in texts.items():
        (tmp_path / label).mkdir()
        for number, text in enumerate(found):
            (tmp_path / label / f"{number}.txt").write_bytes(text.encode("cp1252"))
    with pytest.raises(Problem, match=r"bad/0\.txt:1: .*--encoding cp1252"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["part-{}-ab12-c000.csv", "part-{}.csv", "part.{}.csv"])
def test_one_part_of_several_is_refused(tmp_path: Path, name: str) -> None:
    first, second = (tmp_path / name.format(number) for number in ("00000", "00001"))
    for path in (first, second):
        write(path)
    with pytest.raises(Problem, match="one part of 2; the other is 'part.00001") as problem:
        load(first)
    pattern = problem.value.mend.split("'")[1]
    found = load(pattern)
    assert len(found.train) + len(found.validation) == 2 * len(reviews()["text"])
    second.unlink()
    assert load(first).labels == sorted({*reviews()["label"]})
