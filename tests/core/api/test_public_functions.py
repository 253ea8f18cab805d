"""`from core import ...`: light to import, and everything it does leaves an ordinary run."""

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import polars as pl
import pytest
from small_runs import Small, events_of, weights
from waiting import wait_until

import core
from core import Problem, RunConfig, check, compare, evaluate, load, resume, train
from core.config import build_config
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, RunEnded, Step
from core.runs.listing import RunSummary


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def settings(small: Small, runs_dir: Path) -> dict[str, Any]:
    """Settings of a run of a second, without its data."""
    values = small.values(runs_dir)
    return {section: values[section] for section in ("model", "training")}


@pytest.fixture
def run(small: Small, settings: dict[str, Any], runs_dir: Path) -> RunSummary:
    return train(
        small.train, validation=small.validation, test=small.test, config=settings, runs_dir=runs_dir
    )


def examples_of(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["label"]) for row in csv.DictReader(stream)]


def test_importing_core_loads_nothing_heavy() -> None:
    program = "import core, sys; from core import RunConfig, Problem, runs; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    heavy = {
        "torch",
        "transformers",
        "datasets",
        "accelerate",
        "sklearn",
        "pyarrow",
        "pandas",
        "textual",
        "rich",
    }
    assert not heavy & set(loaded.stdout.split())


def test_every_public_name_is_there_with_a_docstring() -> None:
    named = {"RunConfig", "train", "resume", "load", "evaluate", "check", "compare", "runs"}
    assert named <= set(core.__all__)
    for name in core.__all__:
        assert callable(getattr(core, name)), name
        assert len(getattr(core, name).__doc__ or "") > 40, name
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        core.nothing_of_the_kind  # noqa: B018


def test_a_run_trained_here_is_an_ordinary_run(run: RunSummary, runs_dir: Path) -> None:
    assert run.state == "finished"
    assert run.step == 20
    assert run.best is not None
    assert run.test_accuracy is not None
    assert [each.path for each in core.runs(runs_dir)] == [run.path]
    ended = events_of(RunDirectory(Path(run.path)))[-1]
    assert isinstance(ended, RunEnded)


def test_events_come_as_they_are_written(small: Small, settings: dict[str, Any], runs_dir: Path) -> None:
    seen: list[AnyEvent] = []
    found = train(small.train, config=settings, runs_dir=runs_dir, name="watched", on_event=seen.append)
    assert found.name == "watched"
    assert [event.seq for event in seen] == [event.seq for event in events_of(RunDirectory(Path(found.path)))]
    assert sum(isinstance(event, Step) for event in seen) == 20


@pytest.mark.parametrize(
    "convert",
    [
        lambda examples: examples,
        lambda examples: pd.DataFrame(examples, columns=["text", "label"]).sample(frac=1, random_state=0),
        lambda examples: pl.DataFrame(examples, schema=["text", "label"], orient="row"),
        lambda examples: datasets.Dataset.from_list(
            [{"text": text, "label": label} for text, label in examples]
        ),
    ],
    ids=["list", "pandas", "polars", "datasets"],
)
def test_data_from_memory_are_kept_with_the_run(
    convert: Callable[[list[tuple[str, str]]], Any], small: Small, settings: dict[str, Any], runs_dir: Path
) -> None:
    data = convert(examples_of(small.train))
    settings["training"] |= {"max_steps": 2, "eval_steps": 2}
    found = train(data, config=settings, runs_dir=runs_dir)
    stored = Path(found.path) / "data" / "train.parquet"
    assert sorted(pd.read_parquet(stored)["text"]) == sorted(text for text, _ in examples_of(small.train))
    assert stored.stat().st_mode & 0o777 == 0o600
    assert found.state == "finished"


def test_a_dataset_dict_brings_its_splits_and_class_names(
    small: Small, settings: dict[str, Any], runs_dir: Path
) -> None:
    names = ["negative", "positive"]
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=names)}
    )
    splits = datasets.DatasetDict(
        {
            split: datasets.Dataset.from_list(
                [{"text": text, "label": label} for text, label in examples_of(path)], features=features
            )
            for split, path in (
                ("train", small.train),
                ("validation", small.validation),
                ("test", small.test),
            )
        }
    )
    found = train(splits, config=settings, runs_dir=runs_dir)
    assert found.test_accuracy is not None
    classifier = load(found)
    assert classifier.labels == names


def test_text_pairs_and_several_labels_come_from_memory(
    tiny_model: Path, settings: dict[str, Any], runs_dir: Path
) -> None:
    settings["training"] |= {"max_steps": 2, "eval_steps": 2}
    pairs = [((f"the plot {number}", "is thin"), "no" if number % 2 else "yes") for number in range(40)]
    classifier = load(train(pairs, config=settings, runs_dir=runs_dir, name="pairs"))
    (found,) = classifier.predict([("the plot", "is thin")])
    assert found.labels[0] in ("no", "yes")
    several = [(f"the plot {number}", ["odd"] if number % 2 else ["even", "whole"]) for number in range(40)]
    classifier = load(train(several, config=settings, runs_dir=runs_dir, name="several"))
    assert classifier.is_multi_label
    (found,) = classifier.predict(["the plot 2"])
    assert set(found.labels) <= {"odd", "even", "whole"}


def test_a_classifier_answers_as_the_program_does(run: RunSummary) -> None:
    classifier = load(run, which="last", device="cpu")
    first, second = classifier.predict(["a quiet, moving film", "not one joke lands " * 60])
    assert first.labels == (first.label,)
    assert sum(first.probabilities.values()) == pytest.approx(1)
    assert first.probabilities[first.label] == max(first.probabilities.values())
    assert (first.is_truncated, second.is_truncated) == (False, True)
    assert classifier.predict([]) == []
    assert classifier.max_length == 48
    assert not classifier.is_multi_label


def test_runs_are_evaluated_and_compared(run: RunSummary, small: Small, runs_dir: Path) -> None:
    tested = evaluate(run)
    assert (tested.split, tested.accuracy) == ("test", run.test_accuracy)
    assert evaluate(run.name, split="validation", runs_dir=runs_dir).split == "validation"
    other = evaluate(run.path, examples_of(small.validation)[:8], device="cpu")
    assert other.examples == 8
    assert compare([run]).groups[0].name == run.name
    with pytest.raises(Problem, match="alone"):
        compare([run], baselines=False)


def test_data_are_checked_without_a_run(small: Small, tmp_path: Path) -> None:
    examples = [*examples_of(small.train), *examples_of(small.train)[:3]]
    report = check(examples, test=small.test, config={"model": {"name": str(small.model), "max_length": 48}})
    assert {split.name: split.rows for split in report.splits}["test"] == 40
    assert "duplicates" in {finding.check for finding in report.findings}


def test_a_refused_run_leaves_nothing_behind(settings: dict[str, Any], runs_dir: Path) -> None:
    with pytest.raises(Problem, match="label"):
        train([("a film", "good")] * 20, config=settings, runs_dir=runs_dir)
    assert core.runs(runs_dir) == []
    assert not [*runs_dir.iterdir()]


@pytest.mark.parametrize("data", [[], [("alone",)], [("a", "b"), (1, "c")], object()])
def test_unsuitable_data_are_refused_before_anything_is_made(
    data: Any, settings: dict[str, Any], runs_dir: Path
) -> None:
    with pytest.raises(Problem):
        train(data, config=settings, runs_dir=runs_dir)
    assert not runs_dir.exists() or not [*runs_dir.iterdir()]


def test_a_failed_run_resumes(small: Small, settings: dict[str, Any], runs_dir: Path) -> None:
    class Unplugged(Exception):
        pass

    def unplug(event: AnyEvent) -> None:
        if isinstance(event, Step) and event.step == 12:
            raise Unplugged

    with pytest.raises(Unplugged):
        train(
            small.train,
            validation=small.validation,
            config=settings,
            runs_dir=runs_dir,
            name="one",
            on_event=unplug,
        )
    resumed = resume("one", runs_dir=runs_dir)
    assert (resumed.state, resumed.step) == ("finished", 20)
    whole = train(small.train, validation=small.validation, config=settings, runs_dir=runs_dir, name="two")
    assert weights(Path(resumed.path) / "model") == weights(Path(whole.path) / "model")
    with pytest.raises(Problem, match="finished"):
        resume("one", runs_dir=runs_dir)


def test_a_detached_run_is_a_process_of_its_own(
    small: Small, settings: dict[str, Any], runs_dir: Path
) -> None:
    settings["training"] |= {"max_steps": 2, "eval_steps": 2}
    found = train(small.train, config=settings, runs_dir=runs_dir, detach=True)
    run = RunDirectory.open(Path(found.path))
    assert run.is_alive
    wait_until(lambda: not run.is_alive)
    assert core.runs(runs_dir)[0].state == "finished"
    with pytest.raises(ValueError, match="detach"):
        train(small.train, config=settings, runs_dir=runs_dir, detach=True, on_event=print)


def test_a_configuration_may_be_given_whole(small: Small, settings: dict[str, Any], runs_dir: Path) -> None:
    config: RunConfig = build_config(settings, {"training": {"max_steps": 3, "eval_steps": 3}})
    found = train(small.train, config=config, runs_dir=runs_dir)
    assert (found.step, found.max_steps) == (3, 3)
