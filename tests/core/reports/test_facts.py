"""The facts of a run, taken from its files."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from made_run import make, make_tested, plan, training
from small_runs import events_of, of_kind

from core.evaluation.outcomes import Outcomes
from core.models.inference_settings import InferenceSettings
from core.protocol import RunFacts
from core.reports.facts import gather
from core.runs.directory import RunDirectory
from core.runs.events import Evaluation, RunEnded, RunStarted, Step


def test_facts_match_the_files_of_a_real_run(finished_run: RunDirectory) -> None:
    facts = gather(finished_run)
    events = events_of(finished_run)
    evaluations = of_kind(events, Evaluation)
    (started,) = of_kind(events, RunStarted)
    assert (facts.plan, facts.device, facts.host) == (started.plan, started.device_name, started.host)
    assert [*facts.evaluations, facts.test and facts.test.evaluation] == evaluations
    assert (facts.state, facts.step, facts.error) == ("finished", 20, "")
    assert facts.settings["training"]["max_steps"] == 20
    assert facts.environment is not None
    assert set(facts.environment.rows) == {"train", "validation", "test"}
    steps = of_kind(events, Step)
    assert facts.loss.low == facts.loss.high == [step.loss for step in steps]
    assert facts.training_seconds == pytest.approx(
        sum(8 / (step.documents_per_second or 0) for step in steps)
    )

    outcomes = Outcomes.read(finished_run.outcomes)
    test = facts.test
    assert test is not None
    assert test.scores is not None
    assert test.scores.accuracy == outcomes.is_right.mean()
    assert np.trace(test.confusion) == outcomes.is_right.sum()
    assert [sum(row) for row in test.confusion] == [each.support for each in test.labels]
    assert (test.seen, test.unseen) == (0, None)

    model, inference = facts.model, InferenceSettings.read(finished_run.model)
    assert model is not None
    assert model.is_finished
    assert model.step == outcomes.step
    assert model.inference["temperature"] == inference.temperature
    assert test.calibrated is not None
    assert sum(each.count for each in test.calibrated.bins) == 40
    assert (test.uncalibrated is None) == (inference.temperature == 1)


def test_facts_survive_a_round_trip_through_json(tmp_path: Path) -> None:
    facts = gather(make_tested(tmp_path, ["bad", "good"]))
    assert msgspec.json.decode(msgspec.json.encode(facts), type=RunFacts) == facts


def test_test_texts_of_the_training_split_are_counted_and_excluded(tmp_path: Path) -> None:
    run = make_tested(tmp_path, ["bad", "good"], seen=3)
    test, is_right = gather(run).test, Outcomes.read(run.outcomes).is_right
    assert test is not None
    assert test.scores is not None
    assert test.unseen is not None
    assert (test.seen, test.scores.examples, test.unseen.examples) == (3, 50, 47)
    assert test.unseen.accuracy == is_right[3:].mean()


def test_uncalibrated_figures_are_computed_without_the_temperature(tmp_path: Path) -> None:
    run = make_tested(tmp_path, ["bad", "good"])
    outcomes = replace(Outcomes.read(run.outcomes), temperature=2.0)
    outcomes.write(run.outcomes)
    test = gather(run).test
    assert test is not None
    assert test.uncalibrated is not None
    squared = outcomes.probabilities.astype(float) ** 2
    sure = (squared / squared.sum(1, keepdims=True)).max(1)
    means = [each.confidence * each.count for each in test.uncalibrated.bins]
    assert sum(means) == pytest.approx(sure.sum(), rel=1e-4)


@pytest.mark.parametrize("content", [None, b"no such thing"])
def test_without_predictions_the_figures_of_the_event_are_used(tmp_path: Path, content: bytes | None) -> None:
    run = make_tested(tmp_path, ["bad", "good"])
    run.outcomes.unlink()
    if content is not None:
        run.outcomes.write_bytes(content)
    test = gather(run).test
    assert test is not None
    assert (test.scores, test.labels, test.evaluation.examples) == (None, [], 50)
    assert test.remark


def test_the_curve_of_a_long_run_is_binned(tmp_path: Path) -> None:
    steps = 100_000
    events = [
        RunStarted(plan=plan(["a", "b"], max_steps=steps), pid=1, host="here", device_name="a device"),
        *(
            Step(step=step, epoch=step / 100, loss=5.0 if step == 77_777 else 0.5, learning_rate=1e-4)
            for step in range(1, steps + 1)
        ),
    ]
    curve = gather(make(tmp_path, events)).loss
    assert 200 < len(curve.steps) <= 512
    assert curve.width * len(curve.steps) >= steps
    peak = int(np.nanargmax(np.array(curve.high, dtype=float)))
    assert curve.high[peak] == 5.0
    assert abs(curve.steps[peak] - 77_777) <= curve.width
    assert curve.smoothed[0] == pytest.approx(0.5)


def test_gaps_in_the_loss_are_kept(tmp_path: Path) -> None:
    curve = gather(make(tmp_path, training(plan(["a", "b"]), 100))).loss
    assert curve.low[49] is curve.high[49] is curve.smoothed[49] is None
    assert None not in curve.smoothed[:49] + curve.smoothed[50:]


def test_the_facts_of_a_rejected_run(tmp_path: Path) -> None:
    run = make(tmp_path, [RunEnded(reason="refused", error="train.csv: there is no such file.")])
    facts = gather(run)
    assert (facts.plan, facts.test, facts.model, facts.best) == (None, None, None, None)
    assert (facts.state, facts.error) == ("failed", "train.csv: there is no such file.")
