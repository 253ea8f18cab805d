"""Folders, patterns and several files: which files are read, in which order, and what is refused."""

import json
import os
import shutil
import tarfile
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.feather
import pytest
from data_files import delimited, parquet, reviews, write

from core.config import DataConfig
from core.data.examples.texts import open_texts
from core.data.report import inspect
from core.data.sources import stamps
from core.data.splits import DataSplits, load_labelled, load_splits
from core.problems import Problem

SHARD = "train-{:05d}-of-00003.parquet"


def load(train: Path | str, **settings: object) -> DataSplits:
    return load_splits(DataConfig(train=str(train), **settings), seed=1)


def problem_of(train: Path | str, **settings: object) -> str:
    with pytest.raises(Problem) as caught:
        load(train, **settings)
    return str(caught.value)


def rows_of(splits: DataSplits) -> int:
    return len(splits.train) + len(splits.validation)


def part(number: int) -> dict[str, list]:
    texts = [f"visit {number} {row} was {word}" for row, word in enumerate(["fine", "dull"] * 4)]
    return {"text": texts, "label": ["good", "bad"] * 4}


def named_classes(rows: int = 12) -> datasets.Dataset:
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["bad", "good"])}
    )
    columns = {"text": [f"visit number {row}" for row in range(rows)], "label": [0, 1] * (rows // 2)}
    return datasets.Dataset.from_dict(columns, features=features)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    parts = {"train": named_classes(20), "test": named_classes(6), "unsupervised": named_classes(2)}
    folder = tmp_path / "saved"
    datasets.DatasetDict(parts).save_to_disk(folder, num_shards={"train": 2, "test": 1, "unsupervised": 1})
    return folder


def test_a_saved_data_set_has_its_splits_and_label_names(saved: Path) -> None:
    splits = load(saved)
    assert (rows_of(splits), splits.labels) == (20, ["bad", "good"])
    assert splits.test is not None
    assert len(splits.test) == 6
    assert any("2 files are read as one split" in reason for reason in splits.reasons)
    assert any("'unsupervised' is not read" in reason for reason in splits.reasons)
    assert rows_of(load(saved / "train")) == 20
    assert len(load_labelled(DataConfig(train=str(saved / "test")), ["bad", "good"])) == 6


def test_a_saved_data_set_without_a_part_is_refused(saved: Path) -> None:
    (saved / "train" / "data-00001-of-00002.arrow").unlink()
    assert "data-00001-of-00002.arrow" in problem_of(saved)
    shutil.rmtree(saved / "train")
    assert "'train/state.json' missing" in problem_of(saved)
    (saved / "dataset_dict.json").write_text("[")
    assert "not a JSON object" in problem_of(saved)


@pytest.mark.parametrize("where", ["", "data", "default/train", "data/train"])
def test_shards_are_one_split(tmp_path: Path, where: str) -> None:
    folder = tmp_path / where
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(3):
        (folder / SHARD.format(number)).write_bytes(parquet(part(number)))
    assert rows_of(load(tmp_path)) == 24


def test_one_shard_is_refused_with_the_names_of_the_others(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / SHARD.format(number)).write_bytes(parquet(part(number)))
    sentence = problem_of(tmp_path / SHARD.format(1))
    assert all(SHARD.format(number) in sentence for number in (0, 2))
    assert "train-*-of-00003.parquet" in sentence
    assert rows_of(load(tmp_path / "train-*-of-00003.parquet")) == 24
    (tmp_path / SHARD.format(2)).unlink()
    for name in (tmp_path, tmp_path / "train-*.parquet"):
        assert "1 of 3 shards missing: 'train-00002-of-00003.parquet'" in problem_of(name)


def test_shards_with_hashes_and_numbers_from_one(tmp_path: Path) -> None:
    for number, mark in ((0, "0123456789abcdef"), (1, "fedcba9876543210")):
        (tmp_path / f"train-0000{number}-of-00002-{mark}.parquet").write_bytes(parquet(part(number)))
    assert rows_of(load(tmp_path)) == 16
    other = tmp_path / "other"
    other.mkdir()
    for number in (1, 2):
        (other / f"train-0000{number}-of-00002.csv").write_text(delimited(part(number)))
    assert rows_of(load(other)) == 16


def test_configurations_are_chosen_with_subset(tmp_path: Path) -> None:
    for name, rows in (("long", part(1)), ("short", reviews())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train-00000-of-00001.parquet").write_bytes(parquet(rows))
    assert "2 configurations: 'long', 'short'. Choose one of them with --subset" in problem_of(tmp_path)
    assert "no configuration 'none'" in problem_of(tmp_path, subset="none")
    assert rows_of(load(tmp_path, subset="long")) == 8


def test_the_data_card_names_files_and_classes(tmp_path: Path) -> None:
    classes = {"text": part(1)["text"], "label": [0, 1] * 4}
    write(tmp_path, "first.csv", classes)
    write(tmp_path, "second.csv", part(2))
    card = {
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "fir*.csv"}]}],
        "dataset_info": {
            "features": [{"name": "label", "dtype": {"class_label": {"names": {"0": "bad", "1": "good"}}}}]
        },
    }
    (tmp_path / "README.md").write_text(f"---\n{json.dumps(card)}\n---\n# Reviews\n")
    splits = load(tmp_path)
    assert (rows_of(splits), splits.labels) == (8, ["bad", "good"])
    (tmp_path / "first.csv").unlink()
    assert "no file 'fir*.csv', which its README.md lists" in problem_of(tmp_path)


def test_the_data_card_names_the_usual_configuration(tmp_path: Path) -> None:
    write(tmp_path, "en.csv", part(1))
    write(tmp_path, "de.csv", part(2))
    configs = [
        {"config_name": name, "data_files": f"{name}.csv", "default": name == "en"} for name in ("de", "en")
    ]
    (tmp_path / "README.md").write_text(f"---\n{json.dumps({'configs': configs})}\n---\n")
    assert any(
        "configuration 'en': README.md says so; the others are 'de' (--subset" in reason
        for reason in load(tmp_path).reasons
    )
    assert not any("README.md" in reason for reason in load(tmp_path, subset="de").reasons)


def test_a_list_of_label_names_is_no_split(tmp_path: Path) -> None:
    write(tmp_path, "train.csv", part(1))
    (tmp_path / "classes.txt").write_text("World news\nSports\n")
    (said,) = [reason for reason in load(tmp_path).reasons if "not read" in reason]
    assert "give --label-names 'World news,Sports'" in said
    assert "--test" not in said


@pytest.mark.parametrize("header", ["", "---\n[1, 2\n---\n", "---\nconfigs: 5\n---\n", "---\n- a\n---\n"])
def test_a_data_card_without_use_is_ignored(tmp_path: Path, header: str) -> None:
    write(tmp_path, "train.csv", part(1))
    (tmp_path / "README.md").write_text(header + "words")
    assert rows_of(load(tmp_path)) == 8


def test_pointers_instead_of_data_are_named(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert "Git LFS pointer" in problem_of(tmp_path)
    assert "git lfs pull" in problem_of(tmp_path)


def test_the_caches_of_the_hub_are_read(tmp_path: Path) -> None:
    repository = tmp_path / "datasets--someone--reviews"
    for revision, rows in (("a" * 40, part(1)), ("b" * 40, reviews())):
        (repository / "snapshots" / revision / "data").mkdir(parents=True)
        write(repository / "snapshots" / revision / "data", "train.csv", rows)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40)
    splits = load(repository)
    assert rows_of(splits) == 8
    assert any("revision aaaaaaaaaaaa of 2" in reason for reason in splits.reasons)
    build = tmp_path / "someone___reviews" / "default" / "0.0.0" / "hash"
    build.mkdir(parents=True)
    info = {
        "config_name": "default",
        "features": {"label": {"_type": "ClassLabel", "names": ["bad", "good"]}},
    }
    (build / "dataset_info.json").write_text(json.dumps(info))
    content = pa.table({"text": part(1)["text"], "label": [0, 1] * 4})
    for name in ("reviews-train.arrow", "reviews-test.arrow", "cache-1234.arrow"):
        with pa.OSFile(str(build / name), "wb") as file, pa.ipc.new_stream(file, content.schema) as stream:
            stream.write_table(content)
    for folder in (build, tmp_path / "someone___reviews"):
        splits = load(folder)
        assert (rows_of(splits), splits.labels) == (8, ["bad", "good"])
        assert splits.test is not None


@pytest.mark.parametrize("kind", ["stream.arrow", "file.arrow", "lz4.feather"])
def test_arrow_files(tmp_path: Path, kind: str) -> None:
    content = pa.table(part(1)).cast(
        pa.schema({"text": pa.large_string(), "label": pa.dictionary(pa.int8(), pa.string())})
    )
    path = tmp_path / kind
    if kind == "lz4.feather":
        pa.feather.write_feather(content, path, compression="lz4")
    else:
        new = pa.ipc.new_stream if kind == "stream.arrow" else pa.ipc.new_file
        with pa.OSFile(str(path), "wb") as file, new(file, content.schema) as written:
            written.write_table(content, max_chunksize=3)
    assert [text for chunk in open_texts(str(path)).chunks() for text in chunk.texts] == part(1)["text"]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "cannot read the Arrow file" in problem_of(path)


def test_several_files_are_one_split_and_rows_name_their_file(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        write(tmp_path, f"part-{number}.csv", part(number))
    pattern = str(tmp_path / "part-*.csv")
    splits = load(pattern)
    assert rows_of(splits) == 24
    assert (
        "3 files are read as one split: part-1.csv, part-2.csv, part-10.csv, in this order." in splits.reasons
    )
    assert rows_of(load(f"{tmp_path / 'part-2.csv'},{tmp_path / 'part-1.csv'}")) == 16
    assert "named twice" in problem_of(f"{tmp_path / 'part-1.csv'},{tmp_path / 'part-1.csv'}")
    assert "no file matches this pattern" in problem_of(tmp_path / "none-*.csv")
    with (tmp_path / "part-2.csv").open("a") as file:
        file.write('"","good"\n')
    (found,) = inspect(DataConfig(train=pattern)).problems
    assert f"({tmp_path / 'part-2.csv'}:10)" in found


def test_several_files_need_the_same_columns(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", part(1))
    write(tmp_path, "b.csv", {"text": part(2)["text"], "mood": part(2)["label"]})
    sentence = problem_of(tmp_path / "*.csv")
    assert f"{tmp_path / 'b.csv'}: no column 'label', which a.csv has" in sentence
    assert "'mood'" in sentence


def test_stamps_change_with_any_of_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in (1, 2):
        write(folder, f"part-{number}.csv", part(number))
    for name in (folder / "*.csv", tmp_path, f"{folder / 'part-1.csv'},{folder / 'part-2.csv'}"):
        config = DataConfig(train=str(name))
        before = stamps(config)
        assert len(before) == 2
        os.utime(folder / "part-2.csv", (1, 1))
        assert stamps(config) != before
        os.utime(folder / "part-2.csv")


def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path, f"part-{number}.csv", part(number))
    texts = open_texts(str(tmp_path / "part-*.csv"))
    write(tmp_path, "part-2.csv", part(3))
    with pytest.raises(Problem, match=r"part-2\.csv: the file changed while it was in use"):
        list(texts.chunks())


def test_splits_that_were_saved_apart(tmp_path: Path) -> None:
    named_classes(12).save_to_disk(tmp_path / "train")
    named_classes(6).save_to_disk(tmp_path / "test")
    splits = load(tmp_path)
    assert splits.test is not None
    assert (rows_of(splits), len(splits.test)) == (12, 6)


def test_advice_never_mixes_splits(tmp_path: Path) -> None:
    for name in ("reviews_train.csv", "others_test.csv"):
        write(tmp_path, name, part(1))
    assert "--validation and --test" in problem_of(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    for number in (0, 1):
        write(other, f"reviews_{number}.csv", part(number))
    assert f"'{other}/*.csv'" in problem_of(other)


@pytest.mark.parametrize("name", ["reviews.tar", "reviews.tar.gz"])
def test_an_archive_of_files_must_be_unpacked(tmp_path: Path, name: str) -> None:
    write(tmp_path, "train.csv", part(1))
    with tarfile.open(tmp_path / name, "w:gz" if name.endswith(".gz") else "w") as archive:
        archive.add(tmp_path / "train.csv", "train.csv")
    assert "Unpack it" in problem_of(tmp_path / name)


def test_files_whose_names_hold_the_split_as_a_word(tmp_path: Path) -> None:
    for split in ("train", "dev", "test"):
        write(tmp_path, f"nli_1.0_{split}.csv", reviews())
    found = load(tmp_path)
    assert (len(found.train), len(found.validation)) == (20, 20)
    assert any("train is 'nli_1.0_train.csv'" in reason for reason in found.reasons)
    write(tmp_path, "labels_train.csv", reviews())
    assert "no train, validation or test file" in problem_of(tmp_path)
