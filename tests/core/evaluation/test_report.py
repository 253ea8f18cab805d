"""evaluate: a checkpoint on labelled data."""

import csv
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import Small

from core.config import DataConfig
from core.data.columns.columns import TrainedColumns
from core.data.splits import load_labelled
from core.evaluation.report import classify, report
from core.prediction.predictor import Predictor, find_source
from core.problems import Problem
from core.protocol import EvaluationReport
from core.runs.directory import RunDirectory
from core.runs.history import read_history


@pytest.fixture(scope="module")
def predictor(finished_run: RunDirectory) -> Predictor:
    return Predictor(find_source(finished_run, "best"), torch.device("cpu"), bf16=False)


def report_on(
    predictor: Predictor,
    path: Path,
    *,
    trained: TrainedColumns | None = None,
    reported: list[Any] | None = None,
) -> EvaluationReport:
    """The report on the labelled data of a file."""
    split = load_labelled(DataConfig(train=str(path)), predictor.labels, trained)
    outcomes = classify(predictor, split, lambda *done: None if reported is None else reported.append(done))
    return report(outcomes, split, "best", is_own=False, knows_training=False)


def test_evaluation_matches_the_figures_of_the_trainer(
    predictor: Predictor, finished_run: RunDirectory, small: Small
) -> None:
    """The same weights on the same split give the figures of the run's own events."""
    history = read_history(finished_run)
    reported: list[tuple[int, int]] = []
    found = report_on(predictor, small.test, reported=reported)
    assert history.test is not None
    assert found.accuracy == history.test.accuracy
    assert found.macro_f1 == pytest.approx(history.test.macro_f1)
    assert found.loss == pytest.approx(history.test.loss, abs=1e-4)
    assert (found.accuracy_low, found.accuracy_high) == (
        history.test.accuracy_low,
        history.test.accuracy_high,
    )
    assert (found.examples, found.step, found.which) == (40, history.test.step, "best")
    assert reported[-1] == (40, 40)


def test_a_report_with_very_many_labels_has_no_confusion_matrix(
    predictor: Predictor, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.evaluation.scores._LARGEST_CONFUSION", 1)
    found = report_on(predictor, small.validation)
    assert found.confusion is None
    assert len(found.labels) == 2


def test_figures_of_a_report_are_consistent(predictor: Predictor, small: Small) -> None:
    found = report_on(predictor, small.validation)
    confusion = found.confusion
    assert confusion is not None
    assert [score.label for score in found.labels] == predictor.labels
    assert [sum(row) for row in confusion] == [score.support for score in found.labels]
    assert sum(map(sum, confusion)) == found.examples == 40
    assert found.accuracy == pytest.approx((confusion[0][0] + confusion[1][1]) / 40)
    for index, score in enumerate(found.labels):
        predicted = confusion[0][index] + confusion[1][index]
        assert score.recall == pytest.approx(confusion[index][index] / score.support)
        assert score.precision == pytest.approx(confusion[index][index] / predicted if predicted else 0.0)
    assert found.macro_f1 == pytest.approx(sum(score.f1 for score in found.labels) / 2)
    assert math.isfinite(found.loss)
    assert found.truncated > 0


def test_data_with_only_one_of_the_labels(predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([("text", "label"), ("fine", "positive"), ("finer", "positive")])
    found = report_on(predictor, path)
    assert [score.support for score in found.labels] == [0, 2]


def test_a_label_unknown_to_the_model_is_an_error(predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("text,label\nfine,positive\nodd,mixed\n")
    with pytest.raises(Problem, match=r"other.csv:3: the model does not have the label 'mixed'"):
        report_on(predictor, path)


def test_a_run_that_was_trained_with_other_columns(predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("text,note,label,mood\nid 1,fine,a,positive\nid 2,finer,b,negative\n")
    found = report_on(predictor, path, trained=TrainedColumns("note", "mood"))
    assert [score.support for score in found.labels] == [1, 1]
    with pytest.raises(Problem, match="the model does not have the label 'a'"):
        report_on(predictor, path)
