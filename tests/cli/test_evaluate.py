"""`evaluate`: the output for people."""

import re
from pathlib import Path

from commands import bertcls, json_of
from small_runs import Small, trained

from core.runs.directory import RunDirectory


def test_evaluation_of_the_test_split_of_the_run(finished_run: RunDirectory) -> None:
    found, answer = bertcls("evaluate", finished_run.path), json_of("evaluate", finished_run.path)
    assert (found.returncode, found.stderr) == (0, "")
    text = found.stdout
    assert f"best checkpoint, step {answer['step']}, on its test split, " in text
    assert f"accuracy {answer['accuracy']:.4f} (95 % interval" in text
    calibration = answer["calibration"]
    assert (
        f"expected calibration error {calibration['before']['ece']:.3f} as trained, "
        f"{calibration['after']['ece']:.3f} with temperature {calibration['temperature']:.2f}, "
        "fitted on validation\n"
    ) in text
    assert "macro average" in text
    assert "true \\ predicted" in text
    for title, texts in (
        ("most confident mistakes:", answer["mistakes"]),
        ("most uncertain texts:", answer["uncertain"]),
    ):
        shown = text.partition(title)[2].splitlines()[1:6]
        for line, each in zip(shown, texts, strict=False):
            assert line.startswith(f"  {each['label']} → {each['predicted']} {each['probability']:.3f}  ")


def test_evaluation_of_the_validation_split_of_the_run(run_copy: RunDirectory) -> None:
    found = bertcls("evaluate", run_copy.path, "--split", "validation", "--device", "cpu")
    assert (found.returncode, found.stderr) == (0, "")
    assert "on its validation split, " in found.stdout
    assert "fitted on validation, which this is" in found.stdout


def test_the_most_frequent_confusions_of_many_labels_are_shown(small: Small, tmp_path: Path) -> None:
    rows = [(f"word{number} again", f"intent {number}") for number in range(31) for _ in range(3)]
    data = tmp_path / "many.csv"
    data.write_text(
        "text,label\n" + "".join(f"{text} {row},{label}\n" for row, (text, label) in enumerate(rows))
    )
    layers = {"data": {"train": str(data), "validation": str(data), "test": str(data)}}
    run = trained(small.config(tmp_path, layers, max_steps=2, eval_steps=1))
    text = bertcls("evaluate", run.path).stdout
    assert "31 labels: the most frequent confusions" in text
    assert "93 of these texts occur in the training split as well\n" in text
    assert re.search(r"intent \d+ +intent \d+ +3 +100 %", text)


def test_texts_that_chose_the_checkpoint_count_as_seen(small: Small, tmp_path: Path) -> None:
    files = {}
    for name in ("train", "validation"):
        rows = [f"{name} text number {row} is {word},{word}" for row in range(20) for word in ("good", "bad")]
        files[name] = tmp_path / f"{name}.csv"
        files[name].write_text("\n".join(["text,label", *rows]) + "\n")
    layers = {"data": {name: str(path) for name, path in files.items()}}
    run = trained(small.config(tmp_path, layers, max_steps=2, eval_steps=1))
    more = tmp_path / "more.csv"
    more.write_text(files["validation"].read_text() + "a new text,good\n")
    text = bertcls("evaluate", run.path, more, "--device", "cpu").stdout
    assert "40 of these texts occur in the training or the validation split as well; without them" in text
