"""`check` prints findings with their first rows, and with --rows all rows of one of them."""

import json
from pathlib import Path

import pytest
from commands import bertcls, json_of


@pytest.fixture
def data(tmp_path: Path) -> list[object]:
    lines = [f"text number {number},{'good' if number % 2 else 'bad'}" for number in range(40)]
    lines += ["Twice  said,good", "twice said,bad", "odd \x1b[31m here,good"]
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("\n".join(["text,label", *lines, ""]))
    test.write_text("text,label\ntext NUMBER 3,good\nnew,bad\n")
    return [train, "--test", test, "--model", "cnn"]


def test_findings_with_their_first_rows(data: list[object]) -> None:
    found = bertcls("check", *data)
    assert (found.returncode, found.stderr) == (0, "")
    assert "✗ conflicts: 1 text occurs with different labels (2 in train)" in found.stdout
    assert "\n    train line 42  good  Twice  said\n    train line 43  bad  twice said\n" in found.stdout
    assert "✗ shared-test: 1 text occurs both in test and in " in found.stdout
    assert "odd ␛[31m here" in found.stdout
    assert found.stdout.index("shared-test") < found.stdout.index("control-characters")
    assert "lengths in tokens of cnn; texts longer than 512 are cut at the end" in found.stdout
    answer = json_of("check", *data)
    findings = {each["check"]: each for each in answer["findings"]}
    assert findings["conflicts"]["facts"] == {"texts": 1, "rows": 2}
    assert [row["line"] for row in findings["conflicts"]["first"]] == [42, 43]


def test_all_rows_of_a_finding(data: list[object]) -> None:
    found = bertcls("check", *data, "--rows", "conflicts")
    assert found.stdout.splitlines()[3:] == [
        "train line 42  good  Twice  said",
        "train line 43  bad  twice said",
    ]
    answer = json_of("check", *data, "--rows", "control-characters")
    assert [(row["split"], row["line"], row["note"]) for row in answer["rows"]] == [("train", 44, "U+001B")]
    found = bertcls("check", *data, "--rows", "nothing")
    assert found.returncode == 2
    assert "no finding 'nothing' in these data" in found.stderr.lower()
    assert "'conflicts'" in found.stderr


def test_labels_that_are_probably_wrong(data: list[object]) -> None:
    pytest.importorskip("cleanlab")
    answer = json_of("check", *data, "--label-errors")
    assert json.dumps(answer["findings"])
    found = bertcls("check", *data, "--label-errors")
    assert (found.returncode, found.stderr) == (0, "")


def test_the_data_screen_needs_a_terminal(data: list[object]) -> None:
    found = bertcls("data", *data)
    assert found.returncode == 2
    assert "`bertcls-tui check` prints the same." in found.stderr


def test_only_the_most_frequent_of_very_many_labels_are_shown(tmp_path: Path) -> None:
    train = tmp_path / "train.csv"
    lines = [f"text {number} of {label},label {label}" for label in range(250) for number in range(2)]
    lines.append("one more text,label 249")
    train.write_text("\n".join(["text,label", *lines, ""]))
    found = bertcls("check", train, "--model", "cnn")
    assert found.returncode == 0
    assert "label 249" in found.stdout
    assert "and 50 more labels, with fewer rows" in found.stdout
