"""Runs on texts with label sets, from the data to the predictions."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from small_runs import Small, events_of, losses, new_run, of_kind, train_here, trained
from tiny_models import tiny
from transformers import AutoConfig

from core.config import DataConfig
from core.data.splits import load_labelled
from core.evaluation.metrics import score
from core.evaluation.outcomes import Outcomes
from core.evaluation.report import classify, report
from core.methods import Methods
from core.models.inference_settings import FILE, InferenceSettings
from core.models.training_layers import set_initial_biases
from core.prediction.explanation import explain_text
from core.prediction.files import FileTask
from core.prediction.predictor import Predictor
from core.protocol import Compare, Evaluate, Predict
from core.runs import checkpoints
from core.runs.checkpoints import Which
from core.runs.commands import post
from core.runs.directory import RunDirectory
from core.runs.disk_space import WaitingEventWriter
from core.runs.events import AnyEvent, Evaluation, Step
from core.runs.history import read_history
from tui.wording.evaluation import headline

Once = Callable[[str, Callable[[Path], object]], Path]
LABELS = ["film", "negative", "positive"]


def read_label_sets(path: Path) -> list[dict[str, Any]]:
    """Read reviews with label sets: `film` is a second label, and some reviews have no label."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(stream)]
    return [
        {"text": text, "labels": ["film"] * ("film" in text) + [label] * (len(text) % 7 > 0)}
        for text, label in rows
    ]


def write_label_sets(small: Small, folder: Path) -> dict[str, str]:
    paths = {}
    for name in ("train", "validation", "test"):
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in read_label_sets(getattr(small, name))))
        paths[name] = str(path)
    return paths


@pytest.fixture(scope="module")
def run(once: Once, small: Small) -> RunDirectory:
    def train(folder: Path) -> None:
        layer = {"data": write_label_sets(small, folder), "training": {"class_weights": "balanced"}}
        trained(small.config(folder / "runs", layer), "sets")

    return RunDirectory.open(once("multi-label", train) / "runs" / "sets")


@pytest.fixture(scope="module")
def predictor(run: RunDirectory) -> Predictor:
    return Predictor.load(run, "best", device="cpu")


def test_the_plan_gives_the_selecting_metric_with_its_reason(run: RunDirectory) -> None:
    plan = read_history(run).plan
    assert plan is not None
    assert (plan.labels, plan.is_multi_label, plan.metric) == (LABELS, True, "macro_f1")
    assert plan.metric_reason.startswith("Macro F1 selects")
    assert any("train.jsonl: " in text and "none of the labels" in text for text in plan.warnings)
    assert AutoConfig.from_pretrained(run.model).problem_type == "multi_label_classification"


def test_initial_biases_are_the_label_frequencies() -> None:
    model, shares = tiny("bert"), np.array([0.5, 0.02, 0.9])
    set_initial_biases(model, shares)
    bias: Any = model.classifier.bias
    np.testing.assert_allclose(bias.sigmoid().tolist(), shares, rtol=1e-5)


def test_thresholds_are_saved_with_the_model_and_applied(
    run: RunDirectory, predictor: Predictor, small: Small
) -> None:
    """Test scores use the thresholds of the best checkpoint, which the finished model predicts with."""
    inference = InferenceSettings.read(run.model)
    assert inference.thresholds is not None
    assert len(inference.thresholds) == 3
    assert inference.thresholds != [0.5] * 3
    outcomes = Outcomes.read(run.outcomes)
    rows = read_label_sets(small.test)
    assert outcomes.label_ids.tolist() == [[name in row["labels"] for name in LABELS] for row in rows]
    found = predictor.predict([row["text"] for row in rows])
    np.testing.assert_allclose(found.probabilities, outcomes.probabilities, atol=1e-5)
    assert (found.decided == outcomes.predicted).all()
    assert (found.decided == (found.probabilities >= np.array(inference.thresholds))).all()
    tested = read_history(run).test
    assert tested is not None
    expected = score(outcomes.predicted, outcomes.label_ids)
    assert (tested.accuracy, tested.macro_f1, tested.micro_f1) == (
        expected.accuracy,
        expected.macro_f1,
        expected.micro_f1,
    )
    evaluations = of_kind(events_of(run), Evaluation)
    assert all(each.micro_f1 is not None for each in evaluations)


def test_evaluate_gives_the_test_scores_of_the_trainer(run: RunDirectory, predictor: Predictor) -> None:
    test = run.path.parent.parent / "test.jsonl"
    split = load_labelled(DataConfig(train=str(test)), LABELS)
    found = report(
        classify(predictor, split, lambda *_: None), split, "best", is_own=False, knows_training=False
    )
    tested = read_history(run).test
    assert tested is not None
    assert (found.accuracy, found.micro_f1) == (tested.accuracy, tested.micro_f1)
    assert found.loss == pytest.approx(tested.loss, abs=1e-4)
    assert [label.threshold for label in found.labels] == predictor.thresholds
    assert (found.confusion, found.calibration) == (None, None)
    assert found.macro_f1 == pytest.approx(np.mean([label.f1 for label in found.labels]))
    assert found.averages[0].f1 == pytest.approx(found.macro_f1)
    assert found.averages[0].f1_low <= found.macro_f1 <= found.averages[0].f1_high
    assert all(text.label != text.predicted for text in found.mistakes)


@pytest.mark.parametrize("which", ["best", "last"])
def test_validation_is_scored_as_in_training(run: RunDirectory, which: Which) -> None:
    """Each half is scored with thresholds fitted on the other; predictions use those of the whole split."""
    asked = Evaluate(str(run.path), which, split="validation", device="cpu")
    found = Methods().answer(asked, lambda *_, **__: None)
    assert (found.is_fitted_on, found.fitted_at) == (True, found.step)
    (then,) = [each for each in read_history(run).evaluations if each.step == found.step]
    assert (found.accuracy, found.micro_f1) == (then.accuracy, then.micro_f1)
    assert found.macro_f1 == pytest.approx(then.macro_f1)
    folder = checkpoints.require(run, which).path
    assert [label.threshold for label in found.labels] == InferenceSettings.read(folder).thresholds


def test_a_checkpoint_between_evaluations_reports_the_step_of_its_thresholds(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(small.config(tmp_path, {"data": write_label_sets(small, tmp_path)}))
    write, fitted = WaitingEventWriter.write, []

    def stop_then(self: WaitingEventWriter, event: AnyEvent, *, durable: bool = False) -> None:
        write(self, event, durable=durable)
        if isinstance(event, Step) and event.step in (2, 7):
            post(run.commands, "stop")

    monkeypatch.setattr(WaitingEventWriter, "write", stop_then)
    for resume in (False, True):
        assert train_here(run, resume=resume) == 0
        found = Methods().answer(Predict(str(run.path), ["a film"], "last"), lambda *_, **__: None)
        fitted.append((found.step, found.fitted_at, found.thresholds == [0.5] * 3))
    assert fitted == [(2, 0, True), (7, 5, False)]
    asked = Evaluate(str(run.path), "last", split="validation")
    report = Methods().answer(asked, lambda *_, **__: None)
    assert "thresholds of step 5: a checkpoint between two evaluations" in "\n".join(headline(report))


def test_the_service_answers_with_the_label_set(run: RunDirectory) -> None:
    found = Methods().answer(Predict(str(run.path), ["a film", "b"], "best"), lambda *_, **__: None)
    assert found.thresholds is not None
    for item in found.items:
        pairs = zip(LABELS, item.probabilities, found.thresholds, strict=True)
        assert item.predicted == [
            label for label, probability, threshold in pairs if probability >= threshold
        ]


def test_an_explanation_starts_with_the_assigned_label(
    run: RunDirectory, predictor: Predictor, tmp_path: Path
) -> None:
    """Even the least likely label comes first where a low threshold assigns it."""
    text = "a film of its own"
    shares = predictor.predict([text]).probabilities[0]
    likeliest, between, least = np.argsort(-shares).tolist()
    copy = RunDirectory(Path(shutil.copytree(run.path, tmp_path / "copy")))
    thresholds = np.ones(3)
    thresholds[least] = shares[least] / 2
    folder = checkpoints.require(copy, "best").path
    msgspec.structs.replace(InferenceSettings.read(folder), thresholds=thresholds.tolist()).write(folder)
    found = explain_text(Predictor.load(copy, "best", device="cpu"), text, None, lambda *_: None)
    assert found.label == LABELS[least]
    assert found.labels == [LABELS[number] for number in (least, likeliest, between)]


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_a_file_of_predictions_has_label_sets(
    predictor: Predictor, small: Small, tmp_path: Path, ending: str
) -> None:
    output = tmp_path / f"out{ending}"
    done = FileTask.prepare(str(small.test), str(output)).run(predictor, lambda *_, **__: None)
    texts = [row["text"] for row in read_label_sets(small.test)]
    expected = [
        [label for label, has in zip(LABELS, row, strict=True) if has]
        for row in predictor.predict(texts).decided
    ]
    if ending == ".csv":
        with output.open(newline="") as stream:
            found = [
                row["predicted"].split("|") if row["predicted"] else [] for row in csv.DictReader(stream)
            ]
    else:
        from core.data.formats.files import DataFile

        found = [
            cell for table in DataFile(output).chunks(["predicted"]) for cell in table.columns["predicted"]
        ]
    assert found == expected
    assert (done.classified, done.without_labels) == (40, expected.count([]))
    assert sum(done.labels.values()) == sum(map(len, expected))


def test_compare_counts_exact_label_sets(run: RunDirectory, small: Small, tmp_path: Path) -> None:
    """A delimited CSV column counts like lists: the same rows have the same fingerprint."""
    paths = {}
    for name in ("train", "validation", "test"):
        path = tmp_path / f"{name}.csv"
        rows = read_label_sets(getattr(small, name))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["text", "labels"])
            writer.writerows([row["text"], ";".join(row["labels"])] for row in rows)
        paths[name] = str(path)
    paths["test"] = str(run.path.parent.parent / "test.jsonl")
    layer = {"data": {**paths, "label_delimiter": ";", "drop_bad_rows": True}}
    other = trained(small.config(tmp_path, layer, max_steps=4, eval_steps=2), "other")
    plans = [read_history(each).plan for each in (run, other)]
    assert all(plan is not None and plan.is_multi_label for plan in plans)
    assert plans[1] is not None
    assert plans[1].label_delimiter == ";"
    found = Methods().answer(Compare([str(run.path), str(other.path)]), lambda *_, **__: None)
    assert found.is_multi_label
    assert [each.name for each in found.models] == ["sets", "other", "majority", "tfidf"]
    for each in found.models:
        assert each.scores.micro_f1 is not None
        assert each.scores.macro_f1_low <= each.scores.macro_f1 <= each.scores.macro_f1_high
    assert all(len(text.predicted) == 2 for text in found.disagreements)


def test_a_resumed_run_equals_an_uninterrupted_one(run: RunDirectory, small: Small, tmp_path: Path) -> None:
    """It has the same thresholds and the same label weights."""
    config = small.config(
        tmp_path, {"data": write_label_sets(small, tmp_path), "training": {"class_weights": "balanced"}}
    )
    again = new_run(config)
    post(again.commands, "stop")
    assert train_here(again) == 0
    assert read_history(again).ended is not None
    assert train_here(again, resume=True) == 0
    assert losses(again) == losses(run)
    assert InferenceSettings.read(again.model) == InferenceSettings.read(run.model)


def test_a_resumed_run_of_an_earlier_version_fits_thresholds_for_the_metric_of_its_plan(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier versions fitted them for macro F1, whatever metric selects, and kept no name of it."""
    layer = {"data": write_label_sets(small, tmp_path), "stopping": {"metric": "accuracy"}}
    run = new_run(small.config(tmp_path, layer))
    write = WaitingEventWriter.write

    def stop_then(self: WaitingEventWriter, event: AnyEvent, *, durable: bool = False) -> None:
        write(self, event, durable=durable)
        if isinstance(event, Step) and event.step == 2:
            post(run.commands, "stop")

    monkeypatch.setattr(WaitingEventWriter, "write", stop_then)
    assert train_here(run) == 0
    for path in run.checkpoints.rglob(FILE):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"thresholds_for": "macro_f1"}))
    assert train_here(run, resume=True) == 0
    assert InferenceSettings.read(run.model).thresholds_for == "accuracy"
    evaluated = Methods().answer(Evaluate(str(run.path)), lambda *_, **__: None)
    assert "with thresholds for exact match" in "\n".join(headline(evaluated))
