"""Output of the commands: for people, and with --json for programs."""

import json
import subprocess
from pathlib import Path

import pytest
from commands import COMMAND, bertcls, environment, json_of
from small_runs import Small

from core.runs.directory import RunDirectory
from core.runs.history import read_history


def test_list(finished_run: RunDirectory) -> None:
    (run,) = json_of("list", "--runs-dir", finished_run.path.parent)
    history = read_history(finished_run)
    assert history.test is not None
    assert (run["name"], run["path"], run["state"]) == ("finished", str(finished_run.path), "finished")
    assert (run["step"], run["max_steps"], run["test_accuracy"]) == (20, 20, history.test.accuracy)


def test_list_prints_a_table_for_people(finished_run: RunDirectory, tmp_path: Path) -> None:
    found = bertcls("list", "--runs-dir", finished_run.path.parent)
    assert (found.returncode, found.stderr) == (0, "")
    assert "20/20" in found.stdout
    assert json_of("list", "--runs-dir", tmp_path) == []


def test_attach_replays_a_finished_run(finished_run: RunDirectory) -> None:
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


def piped(run: RunDirectory, text: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """The result of `predict` with `text` on standard input."""
    command = [COMMAND, "predict", str(run.path), "--json", *options]
    return subprocess.run(command, input=text, capture_output=True, env=environment(), timeout=180)


def test_each_line_of_standard_input_is_a_text(finished_run: RunDirectory) -> None:
    found = json.loads(piped(finished_run, "fine\u2028film\r\n\ncafé\n".encode()).stdout)
    assert [item["text"] for item in found["predictions"]] == ["fine\u2028film", "", "café"]


def test_standard_input_in_another_encoding(finished_run: RunDirectory) -> None:
    latin = "good\ncafé\n".encode("latin-1")
    found = piped(finished_run, latin)
    assert found.returncode == 2
    assert b"standard input: line 2 is not UTF-8. Name its encoding with --encoding" in found.stderr
    assert (
        b"--encoding: unknown encoding 'no-such'"
        in piped(finished_run, latin, "--encoding", "no-such").stderr
    )
    found = json.loads(piped(finished_run, latin, "--encoding", "latin-1").stdout)
    assert [item["text"] for item in found["predictions"]] == ["good", "café"]


def test_evaluate(run_copy: RunDirectory, small: Small) -> None:
    answer = json_of("evaluate", run_copy.path, small.test, "--device", "cpu")
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
    windows = json_of(*asked, "--long-text", "windows")
    assert windows["splits"][0]["lengths"]["long"] == answer["splits"][0]["lengths"]["truncated"]
    assert (windows["long_text"], windows["splits"][0]["lengths"]["truncated"]) == ("windows", 0)


@pytest.mark.parametrize("as_json", [False, True])
def test_check_of_invalid_data_lists_its_problems(small: Small, tmp_path: Path, as_json: bool) -> None:
    data = tmp_path / "one.csv"
    data.write_text("text,label\nfine,good\nfiner,good\n")
    options = ["--model", small.model, "--max-length", 48]
    found = bertcls("check", data, *options, *["--json"] * as_json)
    assert (found.returncode, found.stderr) == (2, "")
    problem = json.loads(found.stdout)["problems"][0] if as_json else found.stdout.splitlines()[0]
    assert "only one label" in problem


def test_check_of_data_without_usable_texts_for_a_tokenizer(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("text,label\nfine,good\nfiner,good\n")
    found = bertcls("check", tmp_path / "one.csv", "--model", "cnn")
    assert "only one label" in found.stdout
    assert "cnn: its tokenizer is trained on the training texts, and no run can start" in found.stdout


def test_check_without_a_tokenizer(small: Small) -> None:
    found = bertcls("check", small.train, "--model", "someone/no-such-model")
    assert (found.returncode, found.stderr) == (0, "")
    assert "warning: No lengths in tokens. someone/no-such-model:" in found.stdout
    assert "positive" in found.stdout


def test_predict_file_reports_its_result(finished_run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n1,A fine film.\n2,\n")
    asked = ["predict", finished_run.path, "--file", tmp_path / "in.csv", "--output", tmp_path / "out.csv"]
    found = bertcls(*asked, "--device", "cpu")
    assert (found.returncode, found.stderr) == (0, "")
    assert "text column 'text': the model was trained with it (--text-column overrules it)." in found.stdout
    assert "\n1 text classified" in found.stdout
    assert ":3: empty text, 1 in all. Empty texts get no label." in found.stdout
    assert (tmp_path / "out.csv").read_text().splitlines()[2] == "2,,,"
    answer = json_of(*asked, "--device", "cpu", "--overwrite")
    assert (answer["text_column"], answer["rows"], sum(answer["labels"].values())) == ("text", 2, 1)


def test_doctor() -> None:
    answer = json_of("doctor")
    found = {item["name"]: item for item in answer["items"]}
    assert {"python", "torch", "cpu", "memory", "disk", "minilm", "hub"} <= found.keys()
    assert found["hub"]["value"] == "unreachable"
