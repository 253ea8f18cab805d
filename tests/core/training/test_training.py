"""Whole runs with the real Trainer, in this process."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import TypeVar

import pytest
from small_runs import Small, events_of, new_run, train_here, trained

from core.config import RunConfig, build_config, read_config
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.events import (
    AnyEvent,
    Checkpoint,
    Evaluation,
    Launched,
    RunEnded,
    RunStarted,
    Stage,
    Step,
    Stopping,
    Warned,
)
from core.runs.listing import read_history
from core.training.sealing import SEAL

T = TypeVar("T")

REVIEWS = ["A fine film.", "I have seen better plays in a school, and worse ones nowhere. " * 5]


def of_kind(events: list[AnyEvent], kind: type[T]) -> list[T]:
    return [event for event in events if isinstance(event, kind)]


def weights(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def losses(run: RunDirectory) -> list[float]:
    return list(read_history(run).steps.loss)


def test_events_tell_the_whole_run_in_order(finished_run: RunDirectory) -> None:
    events = events_of(finished_run)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.time for event in events] == sorted(event.time for event in events)
    kinds = [type(event) for event in events]
    begin = kinds.index(RunStarted)
    assert (kinds[0], set(kinds[1:begin])) == (Launched, {Stage})
    cycle = [*[Step] * 5, Evaluation, Stopping, Checkpoint]
    assert [kind for kind in kinds[begin + 1 :] if kind is not Warned] == [
        *cycle * 4, Stage, Stage, Evaluation, RunEnded,
    ]  # fmt: skip
    assert [event.name for event in of_kind(events, Stage)][:2] == ["reading data", "loading libraries"]
    assert [event.step for event in of_kind(events, Step)] == list(range(1, 21))
    assert [event.step for event in of_kind(events, Checkpoint)] == [5, 10, 15, 20]


def test_steps_have_their_figures(finished_run: RunDirectory) -> None:
    steps = of_kind(events_of(finished_run), Step)
    assert all(step.loss is not None and 0 < step.loss < 10 for step in steps)
    assert all(step.grad_norm is not None and step.grad_norm > 0 for step in steps)
    assert max(step.learning_rate for step in steps) <= 1e-3
    assert [step.epoch for step in steps] == pytest.approx([number / 12 for number in range(1, 21)])
    assert all(step.documents_per_second and step.tokens_per_second for step in steps)
    assert all(step.padding is not None and 0 <= step.padding < 1 for step in steps)


def test_the_last_learning_rates_fall_to_zero(finished_run: RunDirectory) -> None:
    rates = [step.learning_rate for step in of_kind(events_of(finished_run), Step)]
    assert rates[0] < max(rates)
    assert rates[2:] == sorted(rates[2:], reverse=True)


def test_the_test_split_is_evaluated_once_with_the_best_model(finished_run: RunDirectory) -> None:
    events = events_of(finished_run)
    evaluations = of_kind(events, Evaluation)
    (test,) = [event for event in evaluations if event.split == "test"]
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert (ended.reason, ended.step) == ("finished", 20)
    validation = [event for event in evaluations if event.split == "validation"]
    best = max(validation, key=lambda event: event.accuracy)
    assert test.step == ended.best_step == best.step
    assert (test.examples, validation[0].examples) == (40, 40)
    assert all(event.accuracy_low < event.accuracy < event.accuracy_high for event in evaluations)
    assert not any(event.requested for event in evaluations)


def test_early_stopping_is_told_after_each_evaluation(finished_run: RunDirectory) -> None:
    history = read_history(finished_run)
    best, in_vain = -1.0, 0
    told = iter(of_kind(events_of(finished_run), Stopping))
    for evaluation in history.evaluations:
        best, in_vain = (evaluation.accuracy, 0) if evaluation.accuracy > best else (best, in_vain + 1)
        stopping = next(told)
        assert (stopping.step, stopping.best, stopping.used) == (evaluation.step, best, in_vain)


def test_only_the_best_and_the_last_checkpoint_are_kept(finished_run: RunDirectory) -> None:
    ended = read_history(finished_run).ended
    assert ended is not None
    kept = checkpoints.complete(finished_run)
    assert {checkpoint.step for checkpoint in kept} == {ended.best_step, 20}
    assert len(list(finished_run.checkpoints.iterdir())) == len(kept)


def test_checkpoints_hold_no_pickle_of_arguments(finished_run: RunDirectory) -> None:
    assert list(finished_run.path.rglob("training_args.bin")) == []


def test_the_model_can_be_used_without_this_program(finished_run: RunDirectory) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    model = AutoModelForSequenceClassification.from_pretrained(finished_run.model)
    assert model.config.id2label == {0: "negative", 1: "positive"}
    assert model.config.label2id == {"negative": 0, "positive": 1}
    assert AutoTokenizer.from_pretrained(finished_run.model).model_max_length == 48
    answers = pipeline("text-classification", model=str(finished_run.model))(REVIEWS, truncation=True)
    assert {answer["label"] for answer in answers} <= {"negative", "positive"}


def test_the_model_is_the_best_checkpoint_without_what_resuming_needs(finished_run: RunDirectory) -> None:
    best = checkpoints.require(finished_run, "best")
    assert weights(finished_run.model) == weights(best.path)
    record = json.loads((finished_run.model / SEAL).read_text())
    assert (record["step"], record["labels"], record["max_length"]) == (
        best.step,
        ["negative", "positive"],
        48,
    )
    names = {path.name for path in finished_run.model.iterdir()}
    assert not names & {"optimizer.pt", "scheduler.pt", "trainer_state.json", checkpoints.MARKER}
    assert f"step: {best.step} of 20" in (finished_run.model / "README.md").read_text()


def test_the_environment_is_written_down(finished_run: RunDirectory) -> None:
    written = json.loads(finished_run.environment.read_text())
    assert {"python", "torch", "transformers", "bertcls-tui"} <= written["versions"].keys()
    assert (written["seed"], written["precision"]) == (42, "fp32")
    assert written["rows"] == {"train": 96, "validation": 40, "test": 40}
    assert written["columns"] == {"text": "text", "label": "label"}
    assert len(written["data_sha256"]) == 64


def test_its_configuration_repeats_a_run(finished_run: RunDirectory, tmp_path: Path) -> None:
    config = build_config(read_config(finished_run.config), {"output": {"runs_dir": str(tmp_path)}})
    again = trained(config)
    assert losses(again) == losses(finished_run)
    assert weights(again.model) == weights(finished_run.model)


def test_another_seed_makes_another_run(finished_run: RunDirectory, small: Small, tmp_path: Path) -> None:
    assert losses(trained(small.config(tmp_path, seed=1, max_steps=2))) != losses(finished_run)[:2]


@pytest.fixture(scope="module")
def early_stopped_run(small: Small, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """Learning is so slow that no evaluation beats the first; the model it began from is gone afterwards."""
    model = tmp_path_factory.mktemp("models") / "passing"
    shutil.copytree(small.model, model)
    config = small.config(
        tmp_path_factory.mktemp("runs"),
        {"data": {"validation": None}, "stopping": {"patience": 2}, "model": {"name": str(model)}},
        learning_rate=1e-12,
        max_steps=60,
    )
    run = trained(config)
    shutil.rmtree(model)
    return run


def test_training_ends_when_patience_has_run_out(early_stopped_run: RunDirectory) -> None:
    history = read_history(early_stopped_run)
    assert history.ended is not None
    assert (history.ended.reason, history.ended.step, history.ended.best_step) == ("early_stopped", 15, 5)
    assert history.step == 15
    assert history.test is None
    assert [stopping.used for stopping in of_kind(events_of(early_stopped_run), Stopping)] == [0, 1, 2]
    assert [stopping.stops_at for stopping in of_kind(events_of(early_stopped_run), Stopping)] == [15, 15, 15]


def test_validation_was_set_aside(early_stopped_run: RunDirectory) -> None:
    plan = read_history(early_stopped_run).plan
    assert plan is not None
    train, validation = plan.splits
    assert (validation.name, train.rows + validation.rows) == ("validation", 96)
    assert all(item.examples == validation.rows for item in read_history(early_stopped_run).evaluations)


def test_resuming_an_early_stopped_run_trains_no_step_more(early_stopped_run: RunDirectory) -> None:
    before = weights(early_stopped_run.model)
    assert train_here(early_stopped_run, resume=True) == 0
    history = read_history(early_stopped_run)
    assert history.ended is not None
    assert (history.ended.reason, history.ended.step) == ("early_stopped", 15)
    assert list(history.steps.step) == list(range(1, 16))
    assert weights(early_stopped_run.model) == before


def test_the_last_steps_are_evaluated_too(small: Small, tmp_path: Path) -> None:
    """The rhythm does not divide the length: an evaluation and a checkpoint come at the end all the same."""
    run = trained(small.config(tmp_path, max_steps=7))
    history = read_history(run)
    assert history.plan is not None
    assert [item.step for item in history.evaluations] == [5, 7]
    assert history.plan.evaluations == 2
    assert checkpoints.require(run, "last").step == 7


def test_a_loss_that_is_no_number_is_a_gap_and_a_warning(small: Small, tmp_path: Path) -> None:
    """Weight decay beyond reason blows the weights up. A loss that is no number is never the best."""
    run = trained(
        small.config(
            tmp_path,
            {"stopping": {"metric": "loss"}, "training": {"weight_decay": 1e38, "warmup": 0.0}},
            learning_rate=1.0,
            max_steps=5,
            eval_steps=5,
        )
    )
    steps = of_kind(events_of(run), Step)
    assert [step.loss is None for step in steps] == [False, *[True] * 4]
    assert (
        len([event for event in of_kind(events_of(run), Warned) if "loss is not finite" in event.message])
        == 1
    )
    history = read_history(run)
    assert history.evaluations[0].loss is None
    assert history.stopping is not None
    assert (history.stopping.best, history.stopping.best_step) == (None, None)
    assert history.ended is not None
    assert (history.ended.reason, history.ended.best_step) == ("finished", 5)


def refused(config: RunConfig) -> RunDirectory:
    run = new_run(config)
    assert train_here(run) == 2
    return run


def test_bad_data_refuse_the_run(small: Small, tmp_path: Path) -> None:
    run = refused(small.config(tmp_path, {"data": {"train": str(tmp_path / "gone.csv")}}))
    ended = read_history(run).ended
    assert ended is not None
    assert (ended.reason, ended.step) == ("refused", 0)
    assert "gone.csv: there is no such file" in ended.error
    assert not run.model.exists()
    assert not run.is_alive


def test_a_configuration_that_is_broken_refuses_the_run(small: Small, tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "run", unique=True)
    run.write_config("[training]\nseed = -1\n")
    assert train_here(run) == 2
    ended = read_history(run).ended
    assert ended is not None
    assert ended.reason == "refused"
    assert "training.seed" in ended.error


def test_resuming_with_other_data_is_refused(small: Small, tmp_path: Path) -> None:
    data = tmp_path / "train.csv"
    data.write_bytes(small.train.read_bytes())
    run = trained(small.config(tmp_path / "runs", {"data": {"train": str(data)}}, max_steps=5))
    before = losses(run)
    data.write_bytes(small.train.read_bytes() + b"another review,positive\n")
    assert train_here(run, resume=True) == 2
    history = read_history(run)
    assert history.ended is not None
    assert history.ended.reason == "refused"
    assert "the data have changed since this run began" in history.ended.error
    assert str(data) in history.ended.error
    assert list(history.steps.loss) == before


def test_a_failure_while_training_is_told(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full when the second checkpoint is written; the first one stays whole."""
    adopt = checkpoints.adopt

    def adopt_once(run: RunDirectory, written: Path, step: int, *, is_best: bool) -> object:
        if step > 5:
            raise OSError(28, "No space left on device")
        return adopt(run, written, step, is_best=is_best)

    monkeypatch.setattr(checkpoints, "adopt", adopt_once)
    run = new_run(small.config(tmp_path))
    assert train_here(run) == 1
    ended = read_history(run).ended
    assert ended is not None
    assert (ended.reason, ended.step) == ("failed", 10)
    assert "No space left on device" in ended.error
    assert [checkpoint.step for checkpoint in checkpoints.complete(run)] == [5]
