"""Label names across files: numbers, spellings, merges, rare labels."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_files import all_texts, write
from label_columns import column, problem_of, sets_of
from surveys import counting_words

from core.config import DataConfig, build_config
from core.data.columns.columns import TrainedColumns
from core.data.labels.label_sets import count_labels
from core.data.report import build_overview
from core.data.splits import DataSplits, Split, load_labelled, load_splits
from core.problems import Problem

SIGNS = ["negative", "positive"]


def load(
    folder: Path, train: list[Any], test: list[Any], extension: str = "csv", **options: Any
) -> DataSplits:
    layer = {
        "train": write(folder, f"train.{extension}", column(train, "label")),
        "test": write(folder, f"test.{extension}", column(test, "label")),
        **options,
    }
    return load_splits(build_config({"data": layer}).data, seed=1)


def refused(folder: Path, train: list[Any], test: list[Any], **options: Any) -> str:
    with pytest.raises(Problem) as caught:
        load(folder, train, test, **options)
    return str(caught.value)


def counts(split: Split | None, labels: list[str]) -> dict[str, int]:
    assert split is not None
    found = dict(zip(labels, count_labels(split.label_ids, len(labels)).tolist(), strict=True))
    assert len(all_texts(split)) == len(split)
    return found


@pytest.mark.parametrize(
    ("train", "test", "options", "reason"),
    [
        (SIGNS, [" Negative", "POSITIVE "], {}, "differ only in case"),
        (SIGNS, ["0", "1"], {"label_names": "negative,positive"}, "names of the numbers are declared"),
        (["0", "1"], ["Negative", "positive"], {"label_names": "negative,positive"}, "only in case"),
        (["LABEL_0", "LABEL_1"], ["0", "1"], {}, "LABEL_n is a number without a name"),
        (["0", "1"], ["LABEL_0", "LABEL_1"], {}, "LABEL_n is a number without a name"),
        (["False", "True"], ["0", "1"], {}, "0 is false"),
        (["0", "1"], ["False", "True"], {}, "0 is false"),
    ],
)
def test_other_names_of_a_label_are_understood(
    tmp_path: Path, train: list[str], test: list[str], options: dict[str, Any], reason: str
) -> None:
    found = load(tmp_path, train, test, **options)
    assert list(counts(found.test, found.labels).values()) == [12, 12]
    assert any("test.csv: labels are matched" in each and reason in each for each in found.reasons)


@pytest.mark.parametrize(
    ("train", "test", "parts"),
    [
        (SIGNS, ["0", "1"], ["'negative', 'positive'", "'0', nor '1'", "--label-names"]),
        (["0", "1"], SIGNS, ["'negative', nor 'positive'", "'0', '1'", "--label-names"]),
        (["US", "us"], ["Us", "us"], ["'Us'", "--merge-label", "--min-label-examples"]),
    ],
)
def test_names_that_are_not_certain_are_refused(
    tmp_path: Path, train: list[str], test: list[str], parts: list[str]
) -> None:
    message = refused(tmp_path, train, test)
    assert message.startswith(f"{tmp_path}/test.csv:2:")
    assert all(part in message for part in parts), message


def test_names_for_numbers_get_into_the_labels(tmp_path: Path) -> None:
    found = load(tmp_path, ["1", "0"], ["0", "1"], label_names=["bad", "good"])
    assert (found.labels, found.names_by_number) == (["bad", "good"], {"0": "bad", "1": "good"})
    message = refused(tmp_path, ["1", "2"], ["1", "2"], label_names="bad,good")
    assert "for the numbers 0 to 1, but there is '2'" in message
    assert "not all different" in refused(tmp_path, ["0", "1"], ["1"], label_names="bad,bad")
    assert "the label names lack 'x'" in refused(tmp_path, ["x", "bad"], ["bad"], label_names="bad,good")


def test_a_column_of_names_is_preferred_and_gives_the_numbering(tmp_path: Path) -> None:
    named = column(["1", "2"], "label", label_text=SIGNS)
    train = write(tmp_path, "train.csv", named)
    test = write(tmp_path, "test.csv", column(["2", "1"], "label"))
    found = load_splits(DataConfig(train=train, test=test), seed=1)
    assert (found.labels, found.label_column) == (SIGNS, "label_text")
    assert counts(found.test, SIGNS) == {"negative": 12, "positive": 12}
    assert any("--label-column label overrules it" in reason for reason in found.reasons)
    assert load_splits(DataConfig(train=train, label_column="label"), seed=1).labels == ["1", "2"]
    lists = column([[1], [1, 2]], "label", label_text=[["negative"], SIGNS])
    found = load_splits(DataConfig(train=write(tmp_path, "lists.jsonl", lists)), seed=1)
    assert (found.labels, found.label_column) == (SIGNS, "label_text")
    crossed = write(tmp_path, "crossed.csv", column(["1", "2", "1"], "label", label_text=["a", "b", "c"]))
    assert load_splits(DataConfig(train=crossed), seed=1).labels == ["1", "2"]


def test_class_names_of_other_data_name_the_numbers(tmp_path: Path) -> None:
    feature = '{"info": {"features": {"label": {"names": ["negative", "positive"], "_type": "ClassLabel"}}}}'
    table = pa.table(column([0, 1], "label")).replace_schema_metadata({"huggingface": feature})
    pq.write_table(table, path := tmp_path / "classes.parquet")
    numbers = write(tmp_path, "numbers.csv", column(["0", "1"], "label"))
    found = load_splits(DataConfig(train=str(path), test=numbers), seed=1)
    assert (found.labels, counts(found.test, SIGNS)) == (SIGNS, {"negative": 12, "positive": 12})
    found = load_splits(DataConfig(train=numbers, test=str(path)), seed=1)
    assert (found.labels, counts(found.test, ["0", "1"])) == (["0", "1"], {"0": 12, "1": 12})


def test_labels_of_other_data_get_the_names_of_the_model(tmp_path: Path) -> None:
    path = write(tmp_path, "other.csv", column(["0", "1", "1"], "label"))
    trained = TrainedColumns("text", "label", names_by_number={"0": "bad", "1": "good"})
    found = load_labelled(DataConfig(train=path), ["bad", "good"], trained)
    assert counts(found, ["bad", "good"]) == {"bad": 8, "good": 16}
    assert any("'0' as 'bad'" in reason for reason in found.reasons)
    with pytest.raises(Problem, match="--label-names"):
        load_labelled(DataConfig(train=path), ["bad", "good"], TrainedColumns("text", "label"))
    config = DataConfig(train=path, label_names=["good", "bad"])
    assert counts(load_labelled(config, ["bad", "good"], trained), ["bad", "good"]) == {"bad": 16, "good": 8}


def test_other_data_is_merged_and_dropped_as_in_training(tmp_path: Path) -> None:
    path = write(tmp_path, "other.csv", column(["OK", "bad", "good", "rare"], "label"))
    trained = TrainedColumns("text", "label", merge_labels={"ok": "good", "Ok": "good"}, dropped_labels=True)
    found = load_labelled(DataConfig(train=path), ["bad", "good"], trained)
    assert counts(found, ["bad", "good"]) == {"bad": 6, "good": 12}
    assert any("1 label dropped ('rare')" in reason for reason in found.reasons)
    config = build_config({"data": {"train": path, "merge_labels": ["rare=bad"]}}).data
    assert counts(load_labelled(config, ["bad", "good"], trained), ["bad", "good"]) == {"bad": 12, "good": 12}
    config = build_config({"data": {"train": path, "merge_labels": ["nothing=bad"]}}).data
    with pytest.raises(Problem, match="no label 'nothing' to merge"):
        load_labelled(config, ["bad", "good"], trained)


def test_vectors_of_other_data_need_names_of_their_positions(tmp_path: Path) -> None:
    sets = [["awe"], ["awe", "joy"], ["joy"]]
    vectors = write(tmp_path, "vectors.csv", column(["[1, 0]", "[1, 1]"], "labels"))
    message = problem_of(tmp_path, column(sets), test=vectors)
    assert "'0', nor '1'" in message
    path = write(tmp_path, "train.jsonl", column(sets))
    found = load_splits(DataConfig(train=path, test=vectors, label_names=["awe", "joy"]), seed=1)
    assert counts(found.test, found.labels) == {"awe": 24, "joy": 12}


def test_rare_labels_train_with_one_warning(tmp_path: Path) -> None:
    labels = [*["a", "b"] * 9, *"cdefgh"]
    found = load(tmp_path, labels, ["a", "b"])
    assert found.labels == [*"abcdefgh"]
    assert counts(found.train, found.labels)["h"] == 1
    rare = [warning for warning in found.warnings if "only once" in warning]
    assert len(rare) == 1
    assert "6 labels occur only once" in rare[0]
    assert "and 1 more" in rare[0]
    assert len([warning for warning in found.warnings if warning.startswith("Validation")]) == 1


def test_labels_with_few_examples_are_dropped_in_all_splits(tmp_path: Path) -> None:
    labels = [*["a", "b"] * 11, "c", "d"]
    found = load(tmp_path, labels, ["a", "b", "c", "e"], min_label_examples=2)
    assert found.labels == ["a", "b"]
    assert counts(found.test, found.labels) == {"a": 6, "b": 6}
    assert len(found.train) + len(found.validation) == 22
    assert any("2 labels dropped ('c', 'd')" in each and "2 rows" in each for each in found.dropped)
    assert "no label has 100" in refused(tmp_path, ["a", "b"], ["a"], min_label_examples=100)
    assert "'c'" in refused(tmp_path, ["a", "b"], ["a", "b", "c"])


def test_a_rare_label_leaves_the_rest_of_its_set(tmp_path: Path) -> None:
    sets = [*[["a"], ["a", "b"], ["b"]] * 7, ["a", "rare"], ["rarest"], []]
    found = load(tmp_path, sets, [["a"], ["a", "new"], ["new"], []], "jsonl", min_label_examples=2)
    assert (found.labels, sets_of(found)) == (["a", "b"], {("a",), ("a", "b"), ("b",), ()})
    assert found.test is not None
    assert len(found.test) == 18  # a text with only a dropped label is dropped; one without labels is not
    assert found.test.label_ids[:].sum(0).tolist() == [12, 0]


def test_a_label_that_train_lacks_counts_as_missed_in_label_sets(tmp_path: Path) -> None:
    found = load(tmp_path, [["a"], ["a", "b"], ["b"]], [["a"], ["a", "new"], ["new"], ["b"]], "jsonl")
    assert (found.labels, counts(found.train, found.labels)["new"]) == (["a", "b", "new"], 0)
    assert counts(found.test, found.labels) == {"a": 12, "b": 6, "new": 12}
    assert any("'new' (12 times): not in train" in warning for warning in found.warnings)
    message = refused(tmp_path, [["a"], ["a", "b"], ["b"]], [["x"], ["x", "y"]], extension="jsonl")
    assert "does not have the label 'x'" in message


def test_labels_are_merged_in_all_splits(tmp_path: Path) -> None:
    merges = ["Neg=neg", "awful=neg"]
    found = load(tmp_path, ["neg", "Neg", "awful", "pos"], ["Neg", "pos"], merge_labels=merges)
    assert (found.labels, counts(found.test, found.labels)) == (["neg", "pos"], {"neg": 12, "pos": 12})
    assert any("'awful' (6) as 'neg'" in reason for reason in found.reasons)
    assert "which is merged as well" in refused(tmp_path, ["a", "b", "c"], ["a"], merge_labels=["a=b", "b=c"])
    message = refused(tmp_path, ["a", "b"], ["a"], merge_labels=["A=b"])
    assert "no label 'A' to merge. The labels are 'a', 'b'" in message


def test_a_finding_proposes_merges(tmp_path: Path) -> None:
    labels = ["E-mail", "email", "email", "Café", "cafe", "-1", "1"]
    path = write(tmp_path, "train.csv", column(labels, "label"))
    found = build_overview(DataConfig(train=path), counting_words(100), 100, 1)
    (finding,) = [each for each in found.findings if each.check == "label-spelling"]
    assert "2 labels are spelled in several ways" in finding.title
    assert "--merge-label E-mail=email" in finding.mend
    assert "'-1', '1'" not in finding.title


def test_numbers_that_begin_with_1_are_named_with_an_unused_name_first(tmp_path: Path) -> None:
    sentence = refused(tmp_path, SIGNS * 10, [1, 2] * 3)
    assert "--label-names none,negative,positive (the numbers begin with 1" in sentence
    splits = load(tmp_path, SIGNS * 10, [1, 2] * 3, label_names=["none", *SIGNS])
    assert counts(splits.test, splits.labels) == dict.fromkeys(SIGNS, 12)
