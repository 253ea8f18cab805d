"""Data sets on the Hub, without a network: the `datasets` library is offline or its answers are replaced."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import huggingface_hub
import pytest
from data_files import reviews

from core.config import DataConfig
from core.data.formats.hub import HubSplit
from core.data.splits import load_labelled, load_splits
from core.data.tables.table import ChunkSize
from core.problems import Problem


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Replace the answer of the Hub, also by an exception."""

    def answer(content: Any) -> None:
        def load(name: str, subset: str | None) -> Any:
            if isinstance(content, BaseException):
                raise content
            return content

        monkeypatch.setattr(datasets, "load_dataset", load)

    return answer


def split(rows: int, labels: list[int]) -> datasets.Dataset:
    features = datasets.Features(
        {"sentence": datasets.Value("string"), "label": datasets.ClassLabel(names=["zero", "a lot"])}
    )
    columns = {"sentence": [f"{rows} {row}" for row in range(rows)], "label": (labels * rows)[:rows]}
    return datasets.Dataset.from_dict(columns, features=features)


def test_splits_and_class_names_come_from_the_hub(hub: Callable[[Any], None]) -> None:
    parts = {
        "train": split(20, [1, 0]),
        "validation": split(4, [0, 1]),
        "test": split(6, [1]),
        "extra": split(1, [1]),
    }
    hub(datasets.DatasetDict(parts))
    splits = load_splits(DataConfig(train="someone/reviews"), seed=1)
    assert splits.labels == ["zero", "a lot"]
    assert (len(splits.train), len(splits.validation), splits.train.label_ids[:2].tolist()) == (20, 4, [1, 0])
    assert splits.test is not None
    assert splits.test.source == "someone/reviews [test]"
    evaluated = load_labelled(DataConfig(train="someone/reviews"), ["a lot", "zero"])
    assert (evaluated.name, evaluated.source, evaluated.label_ids.tolist()) == (
        "test",
        "someone/reviews [test]",
        [0] * 6,
    )


def test_a_split_is_read_in_slices() -> None:
    content = split(10, [1, 0]).add_column("note", [f"n{row}" for row in range(10)])
    reader = HubSplit("someone/reviews [train]", content, ChunkSize(rows=4))
    tables = list(reader.chunks())
    assert [len(table) for table in tables] == [4, 4, 2]
    assert [line for table in tables for line in table.lines] == list(range(1, 11))
    assert [table.read_share for table in tables] == [0.4, 0.8, 1]
    assert tables[2].columns == {
        "sentence": ["10 8", "10 9"],
        "label": ["a lot", "zero"],
        "note": ["n8", "n9"],
    }
    assert [list(table.columns) for table in reader.chunks(["label", "sentence"])] == [
        ["label", "sentence"]
    ] * 3


def test_a_test_split_with_hidden_labels_is_skipped(hub: Callable[[Any], None]) -> None:
    hub(datasets.DatasetDict({"train": split(20, [1, 0]), "test": split(6, [-1])}))
    splits = load_splits(DataConfig(train="someone/reviews"), seed=1)
    assert splits.test is None
    assert any("no labels" in warning for warning in splits.warnings)
    assert len(splits.validation) == 2


def test_multi_label_data_from_the_hub(hub: Callable[[Any], None]) -> None:
    names = datasets.Features(
        {
            "text": datasets.Value("string"),
            "labels": datasets.List(datasets.ClassLabel(names=["awe", "fear", "joy"])),
        }
    )
    columns = {"text": reviews()["text"], "labels": [[1, 2], [0]] * 10}
    hub(datasets.DatasetDict({"train": datasets.Dataset.from_dict(columns, names)}))
    splits = load_splits(DataConfig(train="someone/emotions"), seed=1)
    assert splits.labels == ["awe", "fear", "joy"]
    assert splits.train.label_ids[:].sum(0).tolist() == [9, 9, 9]
    assert splits.validation.label_ids[:].sum(0).tolist() == [1, 1, 1]


@pytest.mark.parametrize("name", ["imdb", "someone/reviews", "reviews.old"])
def test_an_unreachable_hub_is_an_error(name: str) -> None:
    with pytest.raises(Problem) as caught:
        load_splits(DataConfig(train=name), seed=1)
    sentence = str(caught.value)
    assert sentence.startswith(f"{name}: no such file or folder")
    assert "cannot be reached" in sentence
    assert "name the file or folder" in sentence


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (
            datasets.exceptions.DatasetNotFoundError("x"),
            ["no such file or folder", "no accessible data set", "on the Hub", "auth login"],
        ),
        (ValueError("Config name is missing. Pick\none of ['sst2']"), ["['sst2']", "--subset"]),
        (
            RuntimeError("Dataset scripts are no longer supported"),
            ["scripts are no longer", "copy its files"],
        ),
    ],
)
def test_a_rejection_by_the_hub_is_an_error(
    hub: Callable[[Any], None], error: Exception, parts: list[str]
) -> None:
    hub(error)
    with pytest.raises(Problem) as caught:
        load_splits(DataConfig(train="glue"), seed=1)
    assert all(part in str(caught.value) for part in parts)
    assert "\n" not in str(caught.value)


def test_a_data_set_without_a_train_split_is_an_error(hub: Callable[[Any], None]) -> None:
    hub(datasets.DatasetDict({"test": split(6, [0, 1])}))
    with pytest.raises(Problem, match="no train split, only 'test'"):
        load_splits(DataConfig(train="someone/reviews"), seed=1)
    hub(datasets.DatasetDict({"part_1": split(6, [0, 1])}))
    with pytest.raises(Problem, match="only 'part_1'"):
        load_splits(DataConfig(train="someone/reviews"), seed=1)


def test_files_are_read_without_importing_the_heavy_libraries() -> None:
    code = (
        "import sys, core.data.splits, core.data.examples.texts, core.data.report\n"
        "print({'torch', 'transformers', 'datasets', 'pandas', 'textual', 'rich'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
