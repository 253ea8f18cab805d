"""Splits: given ones are used, a missing validation split is held out, fingerprints match the data."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from data_files import all_texts, reviews, write
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import DataConfig
from core.data.splits import DataSplits, load_labelled, load_splits
from core.data.tables.text_groups import hash_texts
from core.data.validation_split import choose_validation_rows
from core.problems import Problem


def others(word: str, rows: int = 6) -> dict[str, list]:
    return {"text": [f"{word} {row}" for row in range(rows)], "label": ["good", "bad"] * (rows // 2)}


def counts(splits: DataSplits, name: str) -> Counter[str]:
    return Counter(splits.labels[number] for number in getattr(splits, name).label_ids)


def test_validation_is_held_out_by_label(tmp_path: Path) -> None:
    columns = reviews(200)
    columns["label"] = ["rare" if row < 4 else "often" for row in range(200)]
    path = write(tmp_path, "data.csv", columns)
    splits = load_splits(DataConfig(train=path), seed=1)
    assert counts(splits, "validation") == {"rare": 1, "often": 20}
    assert counts(splits, "train") == {"rare": 3, "often": 176}
    assert splits.test is None
    assert (splits.train.source, splits.validation.source) == (path, path)
    places = {text: row for row, text in enumerate(columns["text"])}
    for split in (splits.train, splits.validation):
        rows = [places[text] for text in all_texts(split)]
        assert rows == sorted(rows)
    half = load_splits(DataConfig(train=path, validation_fraction=0.5), seed=1)
    assert counts(half, "validation") == {"rare": 2, "often": 98}


def test_the_seed_decides_which_rows_are_held_out(tmp_path: Path) -> None:
    config = DataConfig(train=write(tmp_path, "data.csv", reviews(100)))
    first, again, other = (load_splits(config, seed=seed) for seed in (1, 1, 2))
    assert first.fingerprint == again.fingerprint
    assert all_texts(first.validation) == all_texts(again.validation) != all_texts(other.validation)
    assert first.fingerprint != other.fingerprint


keys = st.lists(st.tuples(st.sampled_from("abcdefghijkl"), st.sampled_from("xyz")), min_size=1, max_size=60)


@settings(deadline=None)
@given(rows=keys, fraction=st.floats(0.01, 0.99), seed=st.integers(0, 5))
def test_equal_texts_stay_in_one_split_and_both_splits_get_rows(
    rows: list[tuple[str, str]], fraction: float, seed: int
) -> None:
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    numbers = np.array(["xyz".index(label) for label in labels], np.int32)
    keys = np.frombuffer(hash_texts(texts), "<u8")
    chosen = set(np.flatnonzero(choose_validation_rows(keys, numbers, fraction, seed)).tolist())
    aside = {texts[row] for row in chosen}
    assert chosen == {row for row, text in enumerate(texts) if text in aside}
    assert {label for row, label in enumerate(labels) if row not in chosen} == set(labels)
    owners = {text: {label for other, label in rows if other == text} for text in texts}
    for label in set(labels):
        own = [text for text, found in owners.items() if found == {label}]
        if len(own) > 1:
            assert aside & set(own)
            assert set(own) - aside


def test_texts_that_differ_only_in_case_and_white_space_are_equal(tmp_path: Path) -> None:
    texts = [spelling.format(row) for row in range(30) for spelling in ("Text  {}", "text {}", " TEXT\n{} ")]
    path = write(tmp_path, "data.csv", {"text": texts, "label": [row // 3 % 2 for row in range(90)]})
    splits = load_splits(DataConfig(train=path, validation_fraction=0.3), seed=3)
    sides = [
        {" ".join(t.casefold().split()) for t in all_texts(split)}
        for split in (splits.train, splits.validation)
    ]
    assert not sides[0] & sides[1]
    assert len(splits.validation) in (24, 27, 30)


def test_a_folder_with_all_splits_is_read(tmp_path: Path) -> None:
    write(tmp_path, "Train.csv.gz", reviews())
    write(tmp_path, "dev.jsonl", others("validation"))
    write(tmp_path, "test.parquet", others("test"))
    write(tmp_path, "notes.csv", {"x": ["y"]})
    splits = load_splits(DataConfig(train=str(tmp_path)), seed=1)
    assert (len(splits.train), all_texts(splits.validation)[0], all_texts(splits.test)[0]) == (
        20,
        "validation 0",
        "test 0",
    )
    assert [Path(split.source).name for split in (splits.train, splits.validation, splits.test)] == [
        "Train.csv.gz",
        "dev.jsonl",
        "test.parquet",
    ]
    assert splits.warnings == []


def test_named_splits_take_precedence(tmp_path: Path) -> None:
    for name in ("train", "validation", "test"):
        write(tmp_path, f"{name}.csv", reviews() if name == "train" else others(name))
    named = write(tmp_path, "mine.tsv", others("mine"))
    splits = load_splits(DataConfig(train=str(tmp_path), validation=named, test=str(tmp_path)), seed=1)
    assert all_texts(splits.validation)[0] == "mine 0"
    assert all_texts(splits.test)[0] == "test 0"


def test_a_test_split_without_labels_is_skipped(tmp_path: Path) -> None:
    write(tmp_path, "train.csv", reviews())
    write(tmp_path, "test.csv", {"text": ["a", "b"]})
    splits = load_splits(DataConfig(train=str(tmp_path)), seed=1)
    assert splits.test is None
    assert any("test.csv: the test split has no labels" in warning for warning in splits.warnings)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"Text ": ["a", "b"], "LABEL": ["good", "bad"]}, "'LABEL' as 'label' (they differ"),
        (
            {"a fine one here": ["a bad one"], "good": ["bad"]},
            "no header: the columns are taken to be those of",
        ),
    ],
)
def test_a_test_split_is_read_by_the_columns_of_train(
    columns: dict[str, list[str]], said: str, tmp_path: Path
) -> None:
    write(tmp_path, "train.csv", reviews())
    write(tmp_path, "test.csv", columns)
    splits = load_splits(DataConfig(train=str(tmp_path)), seed=1)
    assert splits.test is not None
    assert any(said in reason for reason in splits.reasons)


@pytest.mark.parametrize("columns", [("review", "verdict"), ("text", "verdict"), ("content", "id")])
def test_a_test_split_with_other_columns_is_no_split_without_labels(
    columns: tuple[str, str], tmp_path: Path
) -> None:
    write(tmp_path, "train.csv", reviews())
    write(tmp_path, "test.csv", {columns[0]: ["a", "b"], columns[1]: ["good", "bad"]})
    with pytest.raises(Problem, match=f"which .*train.csv has; its own columns are '{columns[0]}'") as found:
        load_splits(DataConfig(train=str(tmp_path)), seed=1)
    alone = re.search(r"name only '(.+)'", found.value.mend)
    assert alone
    assert load_splits(DataConfig(train=alone[1]), seed=1).test is None


def test_evaluation_uses_the_test_split_of_a_folder(tmp_path: Path) -> None:
    file = write(tmp_path, "train.csv", reviews())
    assert (load_labelled(DataConfig(train=file), ["bad", "good"]).name) == "file"
    assert load_labelled(DataConfig(train=str(tmp_path)), ["bad", "good"]).name == "train"
    write(tmp_path, "val.csv", others("validation"))
    assert load_labelled(DataConfig(train=str(tmp_path)), ["bad", "good"]).name == "validation"
    source = write(tmp_path, "test.csv", others("test"))
    split = load_labelled(DataConfig(train=str(tmp_path)), ["bad", "good"])
    assert (split.name, split.source, split.label_ids[:2].tolist()) == ("test", source, [1, 0])


def test_bad_rows_are_dropped_on_request(tmp_path: Path) -> None:
    columns = reviews()
    columns["text"][3] = " "
    columns["label"][5] = ""
    path = write(tmp_path, "data.csv", columns)
    config = DataConfig(train=path, drop_bad_rows=True)
    splits = load_splits(config, seed=1)
    assert len(splits.train) + len(splits.validation) == 18
    assert splits.dropped == [
        f"{path}: 1 row has no text in column 'text' (line 5); skipped.",
        f"{path}: 1 row has no label in column 'label' (line 7); skipped.",
    ]
    assert len(load_labelled(config, ["bad", "good"])) == 18


def test_unusual_data_give_warnings(tmp_path: Path) -> None:
    columns = reviews(40)
    columns["text"][0] = columns["text"][1]
    columns["label"][2:6] = ["Good"] * 4
    test = {"text": [columns["text"][9].upper(), "new"], "label": ["good", "bad"]}
    splits = load_splits(
        DataConfig(train=write(tmp_path, "a.csv", columns), test=write(tmp_path, "b.csv", test)), seed=1
    )
    assert any("1 text occurs with different labels" in warning for warning in splits.warnings)
    assert any("1 text occurs in both train and test" in warning for warning in splits.warnings)
    assert splits.test is not None
    assert splits.test.seen.tolist() == [True, False]
    assert any("'Good', 'good' differ only in case" in warning for warning in splits.warnings)


def test_a_label_with_one_text_stays_in_train(tmp_path: Path) -> None:
    columns = reviews()
    columns["text"] += ["same", "Same"]
    columns["label"] += ["odd", "odd"]
    splits = load_splits(DataConfig(train=write(tmp_path, "a.csv", columns)), seed=1)
    assert counts(splits, "train")["odd"] == 2
    assert any("Validation has no row of 'odd'" in warning for warning in splits.warnings)


@pytest.mark.parametrize("column", ["text", "label"])
def test_the_fingerprint_covers_texts_and_labels(tmp_path: Path, column: str) -> None:
    columns = reviews()
    fingerprints = [
        load_splits(DataConfig(train=write(tmp_path, name, columns)), seed=1).fingerprint
        for name in ("a.csv", "b.parquet")
    ]
    columns[column][4] = {"text": "another text", "label": "good"}[column]
    changed = load_splits(DataConfig(train=write(tmp_path, "c.csv", columns)), seed=1).fingerprint
    assert fingerprints[0] == fingerprints[1] != changed
    assert len(changed) == 64


def test_held_out_texts_do_not_count_as_texts_of_train(tmp_path: Path) -> None:
    """Every text of the file also occurs in test. Held-out texts are counted separately."""
    train, test = write(tmp_path, "a.csv", reviews(40)), write(tmp_path, "b.csv", reviews(40))
    splits = load_splits(DataConfig(train=train, test=test), seed=1)
    assert splits.test is not None
    known, held_out = int(splits.test.seen.sum()), len(splits.validation)
    assert known == len(splits.train)
    assert known + held_out == len(splits.test)
    for split, count in {"train": known, "validation": held_out}.items():
        assert any(f"{count} texts occur in both {split} and test" in warning for warning in splits.warnings)
