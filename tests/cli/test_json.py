"""What the verbs that answer print: readable by people, and with --json by programs."""

from pathlib import Path

import pytest
from commands import bertcls, json_of
from small_runs import Small

from core.runs.directory import RunDirectory
from core.runs.listing import read_history


def test_list(finished_run: RunDirectory) -> None:
    (run,) = json_of("list", "--runs-dir", finished_run.path.parent)
    history = read_history(finished_run)
    assert history.test is not None
    assert (run["name"], run["path"], run["state"]) == ("finished", str(finished_run.path), "finished")
    assert (run["step"], run["max_steps"], run["test_accuracy"]) == (20, 20, history.test.accuracy)


def test_list_for_people(finished_run: RunDirectory, tmp_path: Path) -> None:
    found = bertcls("list", "--runs-dir", finished_run.path.parent)
    assert (found.returncode, found.stderr) == (0, "")
    assert "20/20" in found.stdout
    assert json_of("list", "--runs-dir", tmp_path) == []


def test_attach_tells_a_finished_run_again(finished_run: RunDirectory) -> None:
    found = bertcls("attach", finished_run.path)
    assert (found.returncode, found.stderr) == (0, "")
    assert "finished at step 20" in found.stdout
    assert found.stdout.count("validation accuracy") == 4


def test_predict(finished_run: RunDirectory) -> None:
    texts = ["A fine film.", "[red]so[/red] " * 60]
    answer = json_of("predict", finished_run.path, *texts, "--which", "last", "--device", "cpu")
    assert (answer["step"], answer["which"]) == (20, "last")
    assert [item["text"] for item in answer["predictions"]] == texts
    assert [item["truncated"] for item in answer["predictions"]] == [False, True]
    for item in answer["predictions"]:
        assert list(item["probabilities"]) == ["negative", "positive"]
        assert sum(item["probabilities"].values()) == pytest.approx(1)


def test_evaluate(finished_run: RunDirectory, small: Small) -> None:
    answer = json_of("evaluate", finished_run.path, small.test, "--device", "cpu")
    assert (answer["examples"], answer["source"]) == (40, str(small.test))
    assert [label["label"] for label in answer["labels"]] == ["negative", "positive"]
    assert answer["accuracy_low"] < answer["accuracy"] < answer["accuracy_high"]


def test_check(small: Small) -> None:
    asked = ["check", small.train, "--test", small.test, "--model", small.model, "--max-length", 48]
    answer = json_of(*asked)
    assert [split["name"] for split in answer["splits"]] == ["train", "validation", "test"]
    assert (answer["text_column"], answer["label_column"]) == ("text", "label")
    assert answer["splits"][2]["rows"] == 40
    assert answer["splits"][0]["lengths"]["truncated"] > 0


def test_doctor() -> None:
    answer = json_of("doctor")
    found = {item["name"]: item for item in answer["items"]}
    assert {"python", "torch", "cpu", "memory", "disk", "minilm", "hub"} <= found.keys()
    assert found["hub"]["value"] == "cannot be reached"
