"""Complete runs with the real training loop, in this process."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file
from small_runs import Small, events_of, losses, new_run, of_kind, train_here, trained, weights

from core.config import build_config, read_config
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.disk_space import WaitingEventWriter
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
from core.runs.history import read_history
from core.runs.records import MODEL_RECORD
from core.training.checkpoint_saver import WEIGHTS

REVIEWS = ["A fine film.", "I have seen better plays in a school, and worse ones nowhere. " * 5]


def test_events_record_the_whole_run_in_order(finished_run: RunDirectory) -> None:
    events = events_of(finished_run)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.time for event in events] == sorted(event.time for event in events)
    kinds = [type(event) for event in events]
    begin = kinds.index(RunStarted)
    assert (kinds[0], set(kinds[1:begin])) == (Launched, {Stage})
    cycle = [*[Step] * 5, Evaluation, Stopping]
    assert [kind for kind in kinds[begin + 1 :] if kind not in (Warned, Checkpoint)] == [
        *cycle * 4, Stage, Stage, Evaluation, RunEnded,
    ]  # fmt: skip
    assert [event.name for event in of_kind(events, Stage)][:2] == ["reading data", "loading libraries"]
    assert [event.step for event in of_kind(events, Step)] == list(range(1, 21))
    assert [event.step for event in of_kind(events, Checkpoint)] == [5, 10, 15, 20]
    # Written while training continues, and reported before the next evaluation.
    for event in of_kind(events, Checkpoint):
        before = [other.step for other in events[: event.seq] if isinstance(other, Evaluation)]
        assert before[-1] == event.step


def test_losses_are_reported_without_class_weights(small: Small, tmp_path: Path) -> None:
    """Training losses can then be compared with validation losses, which have no weights."""
    head, *rows = small.train.read_text().splitlines(keepends=True)
    rare = [row for row in rows if row.endswith(",positive\n")]
    data = tmp_path / "skewed.csv"
    data.write_text(head + "".join(row for row in rows if row not in rare[8:]))
    first = {}
    for weights_of in ("none", "balanced"):
        layer = {"data": {"train": str(data)}, "training": {"class_weights": weights_of}}
        run = trained(small.config(tmp_path, layer, max_steps=2, eval_steps=2), weights_of)
        first[weights_of], _ = of_kind(events_of(run), Step)
    assert first["balanced"].loss == first["none"].loss
    assert first["balanced"].grad_norm != pytest.approx(first["none"].grad_norm, rel=0.05)


def test_a_checkpoint_is_reported_once_it_is_complete(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, complete_steps = WaitingEventWriter.write, []

    def look(self: WaitingEventWriter, event: AnyEvent, *, durable: bool = False) -> None:
        if isinstance(event, Checkpoint):
            complete_steps.append([found.step for found in checkpoints.complete(run)])
        write(self, event, durable=durable)

    monkeypatch.setattr(WaitingEventWriter, "write", look)
    run = new_run(small.config(tmp_path, max_steps=10))
    assert train_here(run) == 0
    assert [steps[-1] for steps in complete_steps] == [5, 10]


def test_steps_have_plausible_figures(finished_run: RunDirectory) -> None:
    steps = of_kind(events_of(finished_run), Step)
    assert all(step.loss is not None and 0 < step.loss < 10 for step in steps)
    assert all(step.grad_norm is not None and step.grad_norm > 0 for step in steps)
    assert max(step.learning_rate for step in steps) <= 1e-3
    assert [step.epoch for step in steps] == pytest.approx([number / 12 for number in range(1, 21)])
    assert all(step.documents_per_second and step.tokens_per_second for step in steps)
    assert all(step.padding is not None and 0 <= step.padding < 1 for step in steps)


def test_words_absent_from_training_keep_their_embeddings(finished_run: RunDirectory, small: Small) -> None:
    name = "embeddings.word_embeddings.weight"
    before = load_file(small.model / WEIGHTS)[name]
    after = load_file(finished_run.model / WEIGHTS)[f"bert.{name}"]
    is_same = (before == after).all(dim=1)
    assert len(before) == len(after)
    assert 0 < int(is_same.sum()) < len(is_same)


def test_the_learning_rate_falls_to_zero(finished_run: RunDirectory) -> None:
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


def test_early_stopping_is_reported_after_each_evaluation(finished_run: RunDirectory) -> None:
    history = read_history(finished_run)
    assert history.plan is not None
    best, in_vain = -1.0, 0
    complete_steps = iter(of_kind(events_of(finished_run), Stopping))
    for evaluation in history.evaluations:
        counts = evaluation.step >= history.plan.patience_from
        best, in_vain = (evaluation.accuracy, 0) if evaluation.accuracy > best else (best, in_vain + counts)
        stopping = next(complete_steps)
        assert (stopping.step, stopping.best, stopping.used) == (evaluation.step, best, in_vain)


def test_only_the_best_and_the_last_checkpoint_are_kept(finished_run: RunDirectory) -> None:
    ended = read_history(finished_run).ended
    assert ended is not None
    kept = checkpoints.complete(finished_run)
    assert {checkpoint.step for checkpoint in kept} == {ended.best_step, 20}
    assert len(list(finished_run.checkpoints.iterdir())) == len(kept)


def test_checkpoints_have_no_pickled_arguments(finished_run: RunDirectory) -> None:
    assert list(finished_run.path.rglob("training_args.bin")) == []


def test_the_model_can_be_used_without_this_program(finished_run: RunDirectory) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    model = AutoModelForSequenceClassification.from_pretrained(finished_run.model)
    assert model.config.id2label == {0: "negative", 1: "positive"}
    assert model.config.label2id == {"negative": 0, "positive": 1}
    assert AutoTokenizer.from_pretrained(finished_run.model).model_max_length == 48
    answers = pipeline("text-classification", model=str(finished_run.model))(REVIEWS, truncation=True)
    assert {answer["label"] for answer in answers} <= {"negative", "positive"}


def test_the_model_is_the_best_checkpoint_without_training_state(finished_run: RunDirectory) -> None:
    best = checkpoints.require(finished_run, "best")
    assert weights(finished_run.model) == weights(best.path)
    record = json.loads((finished_run.model / MODEL_RECORD).read_text())
    assert (record["step"], record["labels"], record["max_length"]) == (
        best.step,
        ["negative", "positive"],
        48,
    )
    names = {path.name for path in finished_run.model.iterdir()}
    assert not names & {"optimizer.safetensors", "random.json", "early_stopping.json", checkpoints.MARKER}
    assert f"those of step {best.step}," in (finished_run.model / "README.md").read_text()


def test_a_constant_learning_rate_stays_constant(small: Small, tmp_path: Path) -> None:
    config = small.config(tmp_path, schedule="constant", warmup=0.2, max_steps=10)
    rates = [step.learning_rate for step in of_kind(events_of(trained(config)), Step)]
    assert rates == pytest.approx([0.0, 5e-4] + [1e-3] * 8)


def test_the_environment_is_recorded(finished_run: RunDirectory) -> None:
    written = json.loads(finished_run.environment.read_text())
    assert {"python", "torch", "transformers", "bertcls-tui"} <= written["versions"].keys()
    assert (written["seed"], written["precision"]) == (42, "fp32")
    assert written["rows"] == {"train": 96, "validation": 40, "test": 40}
    assert written["columns"] == {"text": "text", "label": "label"}
    assert len(written["data_sha256"]) == 64


def test_the_saved_configuration_reproduces_a_run(finished_run: RunDirectory, tmp_path: Path) -> None:
    config = build_config(read_config(finished_run.config), {"output": {"runs_dir": str(tmp_path)}})
    again = trained(config)
    assert losses(again) == losses(finished_run)
    assert weights(again.model) == weights(finished_run.model)


def test_another_seed_gives_another_run(finished_run: RunDirectory, small: Small, tmp_path: Path) -> None:
    assert losses(trained(small.config(tmp_path, seed=1, max_steps=2))) != losses(finished_run)[:2]


@pytest.fixture(scope="module")
def early_stopped_run(small: Small, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run too slow to beat its first evaluation; its initial model is deleted afterwards."""
    model = tmp_path_factory.mktemp("models") / "passing"
    shutil.copytree(small.model, model)
    config = small.config(
        tmp_path_factory.mktemp("runs"),
        {
            "data": {"validation": None},
            "stopping": {"patience": 2, "start_from": 10},
            "model": {"name": str(model)},
        },
        learning_rate=1e-12,
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


def test_validation_was_split_off(early_stopped_run: RunDirectory) -> None:
    plan = read_history(early_stopped_run).plan
    assert plan is not None
    train, validation = plan.splits
    assert (validation.name, train.rows + validation.rows) == ("validation", 96)
    assert all(item.examples == validation.rows for item in read_history(early_stopped_run).evaluations)


def test_resuming_an_early_stopped_run_trains_no_further_step(early_stopped_run: RunDirectory) -> None:
    before = weights(early_stopped_run.model)
    assert train_here(early_stopped_run, resume=True) == 0
    history = read_history(early_stopped_run)
    assert history.ended is not None
    assert (history.ended.reason, history.ended.step) == ("early_stopped", 15)
    assert list(history.steps.step) == list(range(1, 16))
    assert weights(early_stopped_run.model) == before


def test_the_last_step_is_always_evaluated(small: Small, tmp_path: Path) -> None:
    """The steps are no multiple of the evaluation interval; the end still has evaluation and checkpoint."""
    run = trained(small.config(tmp_path, max_steps=7))
    history = read_history(run)
    assert history.plan is not None
    assert [item.step for item in history.evaluations] == [5, 7]
    assert history.plan.evaluations == 2
    assert checkpoints.require(run, "last").step == 7


def test_micro_batches_of_a_step_add_up(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without dropout, training in small micro-batches equals training in whole batches."""
    model = tmp_path / "model"
    shutil.copytree(small.model, model)
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"hidden_dropout_prob": 0.0}))

    def losses_of(name: str) -> list[float]:
        layer = {"model": {"name": str(model)}}
        return losses(trained(small.config(tmp_path, layer, max_steps=5, learning_rate=1e-4), name))

    at_once = losses_of("at-once")
    monkeypatch.setattr("core.training.model_setup.find_token_budget", lambda *args: 60)
    in_micro_batches = losses_of("in-micro-batches")
    assert in_micro_batches == pytest.approx(at_once, abs=1e-5)
