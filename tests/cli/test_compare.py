"""`compare`: runs tested on the same texts, side by side."""

import re
from pathlib import Path

import numpy as np
import pytest
from commands import bertcls, json_of
from small_runs import Small, trained

from core.evaluation.outcomes import Outcomes
from core.runs.directory import RunDirectory
from core.runs.history import read_history


@pytest.fixture(scope="module")
def runs(small: Small, finished_run: RunDirectory, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A BERT and a CNN, trained and tested on the same data."""
    layers = {"data": {"test": str(small.test)}, "model": {"name": "cnn", "vocabulary": 600}}
    config = small.config(tmp_path_factory.mktemp("runs"), layers, learning_rate=None)
    return [finished_run.path, trained(config, "words").path]


def test_the_table_has_intervals_differences_and_texts(runs: list[Path]) -> None:
    found = bertcls("compare", *runs)
    assert (found.returncode, found.stderr) == (0, "")
    assert "40 texts, 2 labels; 95 % intervals" in found.stdout
    rows = [line for line in found.stdout.splitlines() if line.startswith(" words")]
    assert rows[1].split()[1] == "48"  # tokens
    accuracy = Outcomes.read(RunDirectory(runs[1]).outcomes).is_right.mean()
    assert f"{accuracy:.3f} (" in rows[0]
    assert "train/s, predict/s: texts per second, predictions from text to label" in found.stdout
    assert re.search(r"finished +words +\d+ +\d+ +p [=<] [01]\.\d{3}", found.stdout)


def test_json_has_every_figure(runs: list[Path]) -> None:
    answer = json_of("compare", *runs, "--no-baselines")
    first, second = answer["models"]
    outcomes = [Outcomes.read(RunDirectory(run).outcomes) for run in runs]
    histories = [read_history(RunDirectory(run)) for run in runs]
    for each, outcome, history in zip((first, second), outcomes, histories, strict=True):
        assert history.test is not None
        assert each["scores"]["accuracy"] == history.test.accuracy
        assert each["scores"]["macro_f1"] == pytest.approx(history.test.macro_f1)
        assert each["scores"]["macro_f1_low"] <= each["scores"]["macro_f1"] <= each["scores"]["macro_f1_high"]
        assert each["prediction_speed"] == pytest.approx(40 / outcome.seconds)
        assert each["training_seconds"] > 0
    (pair,) = answer["pairs"]
    right = [outcome.is_right for outcome in outcomes]
    assert pair["only_first"] == (right[0] & ~right[1]).sum()
    assert pair["only_second"] == (right[1] & ~right[0]).sum()
    apart = answer["disagreements"]
    assert len(apart) == pair["only_first"] + pair["only_second"]
    for text in apart:
        index = [first["name"], second["name"]].index(text["only"])
        assert text["predicted"][index] == text["label"] != text["predicted"][1 - index]


def test_baselines_are_listed_below_the_runs(runs: list[Path]) -> None:
    first, second = (json_of("compare", *runs)["models"][2:] for _ in range(2))
    assert [each["name"] for each in first] == ["majority", "tfidf"]
    assert first == second  # cached
    majority, tfidf = first
    shares = np.bincount(Outcomes.read(RunDirectory(runs[0]).outcomes).label_ids) / 40
    assert majority["scores"]["accuracy"] in shares
    assert (majority["seed"], majority["bytes"], tfidf["path"]) == (None, None, "")
    assert tfidf["parameters"] > 100


def test_test_texts_of_the_training_split_are_counted_and_excluded(small: Small, tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text(small.test.read_text() + small.train.read_text().splitlines(keepends=True)[1])
    layers = {"data": {"test": str(test)}}
    runs = [
        trained(small.config(tmp_path, layers, max_steps=2, eval_steps=1, seed=seed), f"seed-{seed}").path
        for seed in (1, 2)
    ]
    answer = json_of("compare", *runs, "--no-baselines")
    assert (answer["examples"], answer["seen"]) == (41, 1)
    for each in answer["models"]:
        assert (each["scores"]["examples"], each["unseen"]["examples"]) == (41, 40)
    assert "1 of the test texts occurs in the training split as well" in bertcls("compare", *runs).stdout


def test_runs_that_cannot_be_compared_are_rejected_with_the_reason(
    runs: list[Path], small: Small, tmp_path: Path
) -> None:
    def error_of(*names: Path | str) -> str:
        found = bertcls("compare", *names)
        assert (found.returncode, found.stdout) == (2, "")
        return found.stderr

    untested = trained(small.config(tmp_path, max_steps=2, eval_steps=1), "untested").path
    assert "untested: it has no predictions on a test split" in error_of(runs[0], untested)
    other = tmp_path / "other.csv"
    other.write_text("".join(small.test.read_text().splitlines(keepends=True)[:-2]))
    config = small.config(tmp_path, {"data": {"test": str(other)}}, max_steps=2, eval_steps=1)
    assert "one was tested on 40 texts, the other on 38" in error_of(runs[0], trained(config, "other").path)
    other.write_text(small.test.read_text().replace("e ", "e! "))
    assert "they were tested on different texts" in error_of(runs[0], trained(config, "changed").path)
    assert "One run alone cannot be compared" in error_of(runs[0], "--no-baselines")
    assert "One run alone cannot be compared" in error_of(runs[0], runs[0], "--no-baselines")


def test_a_single_run_is_compared_with_the_baselines(runs: list[Path]) -> None:
    answer = json_of("compare", runs[1])
    assert [each["name"] for each in answer["models"]] == ["words", "majority", "tfidf"]
    assert [each["max_length"] for each in answer["models"]] == [48, None, None]
    assert [(pair["first"], pair["second"]) for pair in answer["pairs"]] == [
        ("words", "majority"),
        ("words", "tfidf"),
    ]
    assert answer["disagreements"] == []


def test_runs_with_changed_or_missing_data_are_compared_by_their_saved_predictions(
    small: Small, tmp_path: Path
) -> None:
    test = tmp_path / "test.csv"
    test.write_bytes(small.test.read_bytes())
    layers = {"data": {"test": str(test)}}
    runs = [
        trained(small.config(tmp_path, layers, max_steps=2, eval_steps=1, seed=seed), f"seed-{seed}").path
        for seed in (1, 2)
    ]
    whole = json_of("compare", *runs)
    assert whole["missing"] == ""
    for change, reason in (
        (
            lambda: test.write_text(small.test.read_text().replace("e ", "e! ")),
            "the test data have changed since these runs were tested",
        ),
        (test.unlink, "no such file"),
    ):
        change()
        answer = json_of("compare", *runs)
        assert reason in answer["missing"]
        assert "test.csv" in answer["missing"]
        assert (answer["source"], answer["disagreements"]) == ("", [])
        assert answer["models"] == whole["models"][:2]
        assert answer["pairs"] == whole["pairs"][:1]
        assert reason in bertcls("compare", *runs).stdout
        assert reason in bertcls("compare", runs[0]).stderr


def test_a_run_trained_on_other_data_is_reported_and_baselines_use_the_data_of_the_runs(
    small: Small, tmp_path: Path
) -> None:
    lines = small.train.read_text().splitlines(keepends=True)
    test, less = tmp_path / "test.csv", tmp_path / "less.csv"
    # `lines[1]` is a training text of the first run but not of the second.
    test.write_text(small.test.read_text() + lines[1])
    less.write_text("".join([lines[0], *lines[2:]]))
    data = {"whole": {"test": str(test)}, "tfidf": {"test": str(test), "train": str(less)}}
    runs = [
        trained(small.config(tmp_path, {"data": each}, max_steps=2, eval_steps=1), name).path
        for name, each in data.items()
    ]
    answer = json_of("compare", *reversed(runs))
    names = [f"{tmp_path.name}/tfidf", "whole"]
    assert [group["name"] for group in answer["groups"]] == [*names, "majority", "tfidf"]
    assert answer["remarks"][:1] == [
        f"whole: not the same train data as {names[0]}, which the baselines use too"
    ]
    # Two steps are too few for a meaningful difference.
    assert all("has seen" in remark or "for every text" in remark for remark in answer["remarks"][1:])
    assert len(answer["remarks"]) == 3
    assert answer["remarks"][0] in " ".join(bertcls("compare", *reversed(runs)).stdout.split())
    assert answer["seen"] == 1
    assert {each["unseen"]["examples"] for each in answer["models"]} == {40}

    less.write_text("".join(lines[:-1]))
    answer = json_of("compare", *reversed(runs))
    assert "the train data have changed since these runs were trained" in answer["missing"]
    assert [each["name"] for each in answer["models"]] == names
    assert answer["source"] == str(test)
    assert "no baselines: " in bertcls("compare", *reversed(runs)).stdout
    assert json_of("compare", runs[1], runs[0], "--no-baselines")["missing"] == ""
    assert "the train data have changed" in bertcls("compare", runs[1]).stderr
