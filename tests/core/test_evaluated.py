"""evaluate on the run's own splits, and the texts behind its figures, as the service answers."""

import csv
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from small_runs import Small, trained

from core.config import DataConfig
from core.evaluation.calibration import reliability
from core.evaluation.outcomes import Outcomes
from core.methods import Methods
from core.models.inference_settings import InferenceSettings
from core.problems import Problem
from core.protocol import Evaluate, EvaluationReport, JudgedText, JudgedTexts, ReadTexts, Request
from core.protocol.requests import AnswerT
from core.runs.directory import RunDirectory
from core.runs.history import read_history


class Asker:
    """The methods of the service in this process, and the progress that they report."""

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.messages: list[str] = []
        self._methods = Methods()

    def evaluate(self, **asked: Any) -> EvaluationReport:
        return self._answer(self._evaluation(asked))

    def texts(self, report: EvaluationReport, label: int, predicted: int, **asked: Any) -> JudgedTexts:
        page = {key: asked.pop(key) for key in ("offset", "limit") if key in asked}
        return self._answer(ReadTexts(self._evaluation(asked), report.step, label, predicted, **page))

    def _evaluation(self, asked: dict[str, Any]) -> Evaluate:
        return Evaluate(str(self.run.path), device="cpu", **asked)

    def _answer(self, request: Request[AnswerT]) -> AnswerT:
        return self._methods.answer(request, lambda message, *_, **__: self.messages.append(message))


def texts_of(path: Path) -> list[str]:
    with path.open(newline="") as stream:
        return [row["text"] for row in csv.DictReader(stream)]


def test_the_test_split_is_as_the_run_found_it(finished_run: RunDirectory) -> None:
    asker, tested = Asker(finished_run), read_history(finished_run).test
    assert tested is not None
    report = asker.evaluate()
    assert (report.split, report.is_own, report.step) == ("test", True, tested.step)
    assert (report.accuracy, report.macro_f1) == (tested.accuracy, pytest.approx(tested.macro_f1))
    assert report.loss == pytest.approx(tested.loss, abs=1e-4)
    assert "classifying" not in asker.messages
    assert (report.seen, report.unseen) == (0, None)


def test_calibration_before_and_after_the_temperature(finished_run: RunDirectory) -> None:
    calibration = Asker(finished_run).evaluate().calibration
    outcomes = Outcomes.read(finished_run.outcomes)
    assert calibration is not None
    assert calibration.temperature == InferenceSettings.read(finished_run.model).temperature != 1.0
    assert calibration.after == reliability(outcomes.probabilities, outcomes.label_ids)
    assert calibration.before == reliability(outcomes.raw_probabilities, outcomes.label_ids)
    assert calibration.before.ece != calibration.after.ece


@pytest.mark.parametrize("asked", [{}, {"split": "validation"}, {"which": "last"}])
def test_every_cell_opens_its_texts(run_copy: RunDirectory, small: Small, asked: dict[str, Any]) -> None:
    asker = Asker(run_copy)
    report = asker.evaluate(**asked)
    texts = texts_of(small.validation if asked else small.test)
    names = [label.label for label in report.labels]
    assert report.confusion is not None
    asker.messages.clear()
    for label, row in enumerate(report.confusion):
        for predicted, count in enumerate(row):
            found = asker.texts(report, label, predicted, **asked)
            assert found.total == len(found.items) == count
            assert {(each.label, each.predicted) for each in found.items} <= {
                (names[label], names[predicted])
            }
            assert all(texts[each.row] == each.text for each in found.items)
            sure = [each.probability for each in found.items]
            assert sure == sorted(sure, reverse=True)
            pages = [
                asker.texts(report, label, predicted, **asked, offset=at, limit=3)
                for at in range(0, count, 3)
            ]
            assert [each for page in pages for each in page.items] == found.items
    assert asker.messages == []  # nothing was read or classified again


def test_mistakes_and_uncertain_texts(finished_run: RunDirectory) -> None:
    report = Asker(finished_run).evaluate()
    wrong = report.examples - round(report.accuracy * report.examples)
    assert len(report.mistakes) == wrong > 0
    assert all(each.label != each.predicted for each in report.mistakes)

    def sure(text: JudgedText) -> float:
        return -text.probability

    assert report.mistakes == sorted(report.mistakes, key=sure)
    margins = [each.margin for each in report.uncertain]
    assert margins == sorted(margins)
    assert len(margins) == report.examples
    # Of two labels one has what the other lacks.
    assert all(each.margin == pytest.approx(2 * each.probability - 1, abs=1e-5) for each in report.uncertain)


def test_what_was_classified_once_is_kept_in_the_run(run_copy: RunDirectory, small: Small) -> None:
    other = run_copy.path / "other.csv"
    other.write_bytes(small.validation.read_bytes() + b"A review of its own,negative\n")
    for asked in ({"split": "validation"}, {"data": DataConfig(train=str(other))}):
        again = Asker(run_copy)
        report = Asker(run_copy).evaluate(**asked)
        assert again.evaluate(**asked) == report
        assert "classifying" not in again.messages
        assert (report.is_own, report.examples) == (("split" in asked), 41 - ("split" in asked))
        assert report.seen == (0 if "split" in asked else 40)  # those that chose the checkpoint
    for kept in run_copy.path.glob("predictions/evaluated-*"):
        kept.write_bytes(b"damaged")
    assert Asker(run_copy).evaluate(split="validation").examples == 40


def test_before_there_is_a_test_score_it_is_the_validation_split(run_copy: RunDirectory) -> None:
    run_copy.outcomes.unlink()
    assert Asker(run_copy).evaluate().split == "validation"
    with pytest.raises(Problem, match="it has no predictions on a test split"):
        Asker(run_copy).evaluate(split="test")


def test_the_last_checkpoint_never_sees_the_test_split(run_copy: RunDirectory) -> None:
    report = Asker(run_copy).evaluate(which="last")
    assert (report.split, report.which, report.step) == ("validation", "last", 20)
    with pytest.raises(Problem, match="never evaluated on the test split"):
        Asker(run_copy).evaluate(which="last", split="test")


@pytest.mark.parametrize("split", ["test", "validation"])
def test_data_that_are_a_split_of_the_run_are_that_split(
    run_copy: RunDirectory, small: Small, tmp_path: Path, split: str
) -> None:
    """By whatever name they come: no checkpoint sees the test split that could not see it otherwise."""
    file = tmp_path / "renamed.csv"
    file.write_bytes((small.test if split == "test" else small.validation).read_bytes())
    asker, data = Asker(run_copy), DataConfig(train=str(file))
    assert asker.evaluate(data=data) == asker.evaluate(split=split)
    assert ("classifying" in asker.messages) == (split == "validation")
    report = asker.evaluate(data=data)
    assert asker.texts(report, 0, 1, data=data) == asker.texts(report, 0, 1, split=split)
    if split == "validation":
        assert asker.evaluate(data=data, which="last").split == "validation"
        return
    with pytest.raises(Problem, match=r"never evaluated on the test split, .*test\.csv"):
        asker.evaluate(data=data, which="last")
    run_copy.outcomes.unlink()
    with pytest.raises(Problem, match="it has no predictions on a test split"):
        Asker(run_copy).evaluate(data=data)


def test_a_cell_of_a_checkpoint_that_is_gone(run_copy: RunDirectory, small: Small) -> None:
    asker = Asker(run_copy)
    report = asker.evaluate(split="validation")
    for kept in run_copy.path.glob("predictions/evaluated-*"):
        kept.unlink()
    with pytest.raises(Problem, match="the checkpoint of step 7 no longer exists"):
        asker.texts(replace(report, step=7), 0, 0, split="validation")
    assert Asker(run_copy).texts(report, 0, 0, split="validation").total >= 0


def test_texts_that_were_trained_with_and_data_that_changed(small: Small, tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text(small.test.read_text() + small.train.read_text().splitlines(keepends=True)[1])
    run = trained(small.config(tmp_path, {"data": {"test": str(test)}}, max_steps=2, eval_steps=1))
    report = Asker(run).evaluate()
    assert report.unseen is not None
    assert (report.examples, report.seen, report.unseen.examples) == (41, 1, 40)
    test.write_bytes(small.test.read_bytes())
    with pytest.raises(Problem, match="the data have changed since this run was trained"):
        Asker(run).evaluate()


def test_other_data_are_held_against_the_training_texts(small: Small, tmp_path: Path) -> None:
    train, other = tmp_path / "train.csv", tmp_path / "other.csv"
    train.write_bytes(small.train.read_bytes())
    config = small.config(tmp_path, {"data": {"train": str(train)}}, max_steps=2, eval_steps=1)
    asker = Asker(trained(config))
    lines = small.train.read_text().splitlines(keepends=True)
    other.write_text("".join([*small.test.read_text().splitlines(keepends=True), *lines[1:4]]))
    report = asker.evaluate(data=DataConfig(train=str(other)))
    assert (report.is_own, report.seen) == (False, 3)
    assert report.unseen is not None
    assert report.unseen.examples == report.examples - 3
    whole = asker.evaluate(data=DataConfig(train=str(train)))
    assert (whole.seen, whole.unseen) == (whole.examples, None)
    train.write_text("".join(lines[:-1]))
    assert Asker(asker.run).evaluate(data=DataConfig(train=str(other))).seen is None
