"""Arguments of the public functions that are wrong are refused, in the words of a Python caller."""

import csv
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_runs import Small

import core
from core import Problem, check, evaluate, load, train
from core.config import build_config, read_config
from core.runs.directory import RunDirectory


def examples_of(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["label"]) for row in csv.DictReader(stream)]


@pytest.fixture
def settings(small: Small, tmp_path: Path) -> dict[str, Any]:
    """Settings of a run of two steps, without its data."""
    values = small.values(tmp_path, max_steps=2, eval_steps=2)
    return {section: values[section] for section in ("model", "training")}


@pytest.mark.parametrize("split", ["train", "tset", 1])
def test_a_split_that_cannot_be_evaluated_is_refused(finished_run: RunDirectory, split: Any) -> None:
    with pytest.raises(Problem, match="'test' or 'validation'"):
        evaluate(finished_run.path, split=split)


def test_a_checkpoint_or_device_of_another_name_is_refused(finished_run: RunDirectory) -> None:
    for function in (load, evaluate):
        with pytest.raises(Problem, match="'worst' is not a valid which. Use 'best' or 'last'"):
            function(finished_run.path, which="worst")  # type: ignore[arg-type]
        with pytest.raises(Problem, match="'gpu' is not a valid device.*'cuda:N'"):
            function(finished_run.path, device="gpu")


def test_one_split_is_evaluated_at_a_time(finished_run: RunDirectory, small: Small) -> None:
    examples = examples_of(small.validation)
    with pytest.raises(Problem, match=r'evaluate\(run, splits\["test"\]\)'):
        evaluate(finished_run.path, {"train": examples, "test": examples})
    with pytest.raises(Problem, match="Give one of them"):
        evaluate(finished_run.path, examples, split="test")


def test_a_single_string_is_not_a_list_of_texts(finished_run: RunDirectory) -> None:
    classifier = load(finished_run.path, device="cpu")
    with pytest.raises(TypeError, match=r"predict\(\[text\]\)"):
        classifier.predict("abc")
    with pytest.raises(Problem, match="text 1: this is a text pair"):
        classifier.predict(["a film", ("a", "b")])
    with pytest.raises(TypeError, match="text 0"):
        classifier.predict([("a", "b", "c")])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="text 1"):
        classifier.predict(["a film", 3])  # type: ignore[list-item]


def test_a_classifier_of_pairs_refuses_single_texts(settings: dict[str, Any], tmp_path: Path) -> None:
    pairs = [((f"the plot {number}", "is thin"), "no" if number % 2 else "yes") for number in range(40)]
    classifier = load(train(pairs, config=settings, runs_dir=tmp_path))
    with pytest.raises(Problem, match="text 1: this is a single text.*Give tuples of two texts"):
        classifier.predict([("the plot", "is thin"), "the plot"])


@pytest.mark.parametrize(
    ("example", "fault"),
    [
        (("cde", "neg"), "a single text among text pairs"),
        ((("a", "b", "c"), "neg"), "not a tuple of a text"),
        ((("a", 1), "neg"), "not a tuple of a text"),
        (((("a",), "b"), "neg"), "not a tuple of a text"),
    ],
)
def test_every_example_must_be_a_pair_where_the_first_is_one(
    example: Any, fault: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    pairs = [(("a", "b"), "pos")] * 3
    with pytest.raises(Problem, match=f"train, example 3: this is {fault}"):
        train([*pairs, example], config=settings, runs_dir=tmp_path)
    with pytest.raises(Problem, match="validation, example 1: this is a text pair among single texts"):
        train(
            [("a", "pos")], validation=[("a", "pos"), (("a", "b"), "neg")], config=settings, runs_dir=tmp_path
        )
    assert not [*tmp_path.iterdir()]


def test_the_configured_folder_of_runs_stands_above_the_default(
    small: Small, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BERTCLS_RUNS_DIR", str(tmp_path / "default"))
    settings["output"] = {"runs_dir": str(tmp_path / "configured")}
    config = build_config(settings)
    assert Path(train(small.train, config=config).path).parent == tmp_path / "configured"
    given = train(small.train, config=config, runs_dir=tmp_path / "given")
    assert Path(given.path).parent == tmp_path / "given"
    del settings["output"]
    assert Path(train(small.train, config=settings).path).parent == tmp_path / "default"


def test_messages_name_splits_and_settings_instead_of_files_and_options(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    data = [("a fine film", "good"), ("", "bad")] * 20
    with pytest.raises(Problem) as refused:
        train(data, config=settings, runs_dir=tmp_path)
    message = str(refused.value)
    assert message.startswith("train: 20 rows have no text")
    assert "data.drop_bad_rows" in message
    assert "--" not in message
    assert ".parquet" not in str(check(data))


def test_reports_name_data_from_memory_by_their_split(finished_run: RunDirectory, small: Small) -> None:
    examples = examples_of(small.validation)[:8]
    assert evaluate(finished_run.path, examples, device="cpu").source == "data"
    report = check(examples, test=str(small.test), config={"model": {"name": str(small.model)}})
    sources = {split.name: split.source for split in report.splits}
    assert sources["train"] == "train"
    assert sources["test"].endswith(small.test.name)


def test_a_run_with_data_from_memory_can_be_moved(
    small: Small, settings: dict[str, Any], tmp_path: Path
) -> None:
    def interrupt(event: Any) -> None:
        if event.seq and getattr(event, "step", 0) == 2 and type(event).__name__ == "Checkpoint":
            raise KeyboardInterrupt

    settings["training"] |= {"max_steps": 4}
    with pytest.raises(KeyboardInterrupt):
        train(
            examples_of(small.train),
            validation=examples_of(small.validation),
            config=settings,
            runs_dir=tmp_path / "before",
            name="one",
            on_event=interrupt,
        )
    (tmp_path / "after").mkdir()
    moved = tmp_path / "after" / "two"
    shutil.move(tmp_path / "before" / "one", moved)
    assert (
        str(tmp_path)
        not in (moved / "config.toml").read_text().partition("[output]")[0].partition("[model]")[0]
    )
    own = build_config(read_config(moved / "config.toml")).data  # as `train --config` reads it
    assert [own.train, own.validation] == [
        str(moved / "data" / f"{split}.parquet") for split in ("train", "validation")
    ]
    resumed = core.resume("two", runs_dir=tmp_path / "after")
    assert (resumed.state, resumed.step) == ("finished", 4)
    shutil.move(moved, tmp_path / "three")
    report = evaluate(tmp_path / "three", split="validation", device="cpu")
    assert report.examples == len(examples_of(small.validation))
    assert os.fspath(tmp_path / "three" / "data") in report.source
    with pytest.raises(Problem, match="Choose another name, or"):
        train(small.train, config=settings, runs_dir=tmp_path, name="three")
