"""Training length, evaluation interval and patience: what is derived from the data."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import RunConfig, Values, build_config
from core.runs.plan import evaluation_count, stopping_step
from core.training.lengths import (
    PATIENCE,
    Lengths,
    evaluation_interval,
    patience_of,
    patience_start,
    training_steps,
)

sizes = st.integers(1, 10**6)
arguments = {"max_steps": sizes, "batch_size": st.integers(1, 512), "validation_rows": sizes}
steps_of_training = {"max_steps": sizes, "epoch": sizes, "schedule": st.sampled_from(["linear", "constant"])}


def training_cost(max_steps: int, batch_size: int, validation_rows: int) -> float:
    """The cost of training in evaluations: training takes three forward passes a text, an evaluation one."""
    return 3 * max_steps * batch_size / validation_rows


def config_of(**sections: Values) -> RunConfig:
    return build_config({"data": {"train": "x.csv"}}, sections)


@given(**arguments)
def test_the_evaluation_interval_fits_into_the_run(
    max_steps: int, batch_size: int, validation_rows: int
) -> None:
    eval_steps = evaluation_interval(max_steps, batch_size, validation_rows)
    assert isinstance(eval_steps, int)
    assert 1 <= eval_steps <= max_steps


@given(rows=sizes, batch_size=st.integers(1, 512), share=st.floats(0.001, 1.0), model=st.booleans())
def test_patience_can_run_out_wherever_evaluations_are_affordable(
    rows: int, batch_size: int, share: float, model: bool
) -> None:
    """Affordable means that the evaluations cost no more than the training."""
    validation_rows = max(1, round(share * rows))
    config = config_of(
        training={"train_batch_size": batch_size}, model={"name": "cnn" if model else "minilm"}
    )
    found = Lengths.of(config, rows, validation_rows)
    affordable = min(found.max_steps, training_cost(found.max_steps, batch_size, validation_rows))
    if affordable >= 2 * (PATIENCE + 1):
        first = found.eval_steps
        assert stopping_step(first, found.patience, first, found.patience_from) < found.max_steps


@given(**arguments)
def test_there_are_not_many_more_evaluations_than_are_useful(
    max_steps: int, batch_size: int, validation_rows: int
) -> None:
    """At most twenty; rounding may double that."""
    evaluations = evaluation_count(max_steps, evaluation_interval(max_steps, batch_size, validation_rows))
    assert evaluations <= 41


@given(**arguments)
def test_evaluations_cost_at_most_twice_the_training(
    max_steps: int, batch_size: int, validation_rows: int
) -> None:
    evaluations = evaluation_count(max_steps, evaluation_interval(max_steps, batch_size, validation_rows))
    assert evaluations <= 2 * max(1.0, training_cost(max_steps, batch_size, validation_rows)) + 1


@pytest.mark.parametrize(
    ("max_steps", "batch_size", "validation_rows", "eval_steps"),
    [
        (300, 8, 60, 15),
        (800, 8, 872, 60),
        (1, 8, 60, 1),
        (5, 8, 60, 2),
        (60, 8, 100_000, 60),
        (25_000, 8, 872, 1000),
    ],
)
def test_known_evaluation_intervals(
    max_steps: int, batch_size: int, validation_rows: int, eval_steps: int
) -> None:
    assert evaluation_interval(max_steps, batch_size, validation_rows) == eval_steps


@given(patience=st.integers(1, 10**6))
def test_a_high_patience_does_not_make_evaluations_more_frequent(patience: int) -> None:
    usual = Lengths.of(config_of(), 10_000, 1000)
    patient = Lengths.of(config_of(stopping={"patience": patience}), 10_000, 1000)
    assert (patient.eval_steps, patient.patience) == (usual.eval_steps, patience)


@given(epoch=sizes, eval_steps=sizes)
def test_patience_spans_an_epoch_and_five_evaluations(epoch: int, eval_steps: int) -> None:
    patience = patience_of(epoch, eval_steps)
    assert patience * eval_steps >= epoch
    assert patience >= PATIENCE
    assert patience == PATIENCE or (patience - 1) * eval_steps < epoch


@given(**steps_of_training)
def test_patience_starts_after_an_epoch_and_half_of_a_falling_schedule(
    max_steps: int, epoch: int, schedule: str
) -> None:
    start = patience_start(max_steps, max_steps // 16, epoch, schedule)  # type: ignore[arg-type]
    assert start >= epoch
    assert start >= (max_steps // 2 if schedule == "linear" else min(300, max_steps // 2))


@pytest.mark.parametrize(
    ("max_steps", "warmup_steps", "epoch", "schedule", "step"),
    [
        (1, 0, 1, "linear", 1),
        (200, 12, 20, "linear", 100),
        (800, 48, 267, "linear", 400),
        (300, 18, 200, "linear", 200),
        (200, 12, 20, "constant", 100),
        (2500, 0, 160, "constant", 300),
        (25_000, 1500, 800, "constant", 1500),
    ],
)
def test_where_patience_starts(
    max_steps: int, warmup_steps: int, epoch: int, schedule: str, step: int
) -> None:
    assert patience_start(max_steps, warmup_steps, epoch, schedule) == step  # type: ignore[arg-type]


@given(max_steps=sizes, eval_steps=sizes)
def test_the_last_step_is_evaluated(max_steps: int, eval_steps: int) -> None:
    regular = (
        len(range(eval_steps, max_steps + 1, eval_steps)) if max_steps < 10**5 else max_steps // eval_steps
    )
    last = 0 if max_steps % eval_steps == 0 else 1
    assert evaluation_count(max_steps, eval_steps) == regular + last


@pytest.mark.parametrize(
    ("rows", "batch_size", "max_steps", "epochs", "steps"),
    [
        (1000, 8, 77, None, 77),
        (1000, 8, None, 2.0, 250),
        (1001, 8, None, 1.0, 126),
        (1000, 8, None, 0.5, 62),
        (10, 8, None, 0.001, 1),
        (10_000, 8, None, None, 3750),
        (540, 8, None, None, 300),
        (80, 8, None, None, 100),
        (2, 8, None, None, 10),
    ],
)
def test_training_steps_follow_steps_or_epochs(
    rows: int, batch_size: int, max_steps: int | None, epochs: float | None, steps: int
) -> None:
    training = {"train_batch_size": batch_size, "max_steps": max_steps, "epochs": epochs}
    assert Lengths.of(config_of(training=training), rows, 100).max_steps == steps


@given(rows=sizes, batch_size=st.integers(1, 512))
def test_training_takes_three_to_ten_epochs_by_default(rows: int, batch_size: int) -> None:
    steps_per_epoch = math.ceil(rows / batch_size)
    steps = training_steps(rows, batch_size)
    assert 3 * steps_per_epoch <= steps <= 10 * steps_per_epoch


@given(rows=sizes, batch_size=st.integers(1, 512))
def test_a_model_from_scratch_trains_longer_than_an_encoder(rows: int, batch_size: int) -> None:
    assert training_steps(rows, batch_size, from_scratch=True) >= training_steps(rows, batch_size)
