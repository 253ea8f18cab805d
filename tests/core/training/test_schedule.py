"""Training length and evaluation interval: early stopping can act wherever evaluations are affordable."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs.plan import evaluation_count
from core.training.schedule import evaluation_interval, patience_start, stopping_step, training_steps

sizes = st.integers(1, 10**6)
arguments = {
    "max_steps": sizes,
    "batch_size": st.integers(1, 512),
    "validation_rows": sizes,
    "patience": st.integers(1, 100),
    "start_from": st.sampled_from([0.0, 0.3, 0.5, 0.9]),  # as a fraction of the steps
}


def training_cost(max_steps: int, batch_size: int, validation_rows: int) -> float:
    """The cost of training in evaluations: training takes three forward passes a text, an evaluation one."""
    return 3 * max_steps * batch_size / validation_rows


@given(**arguments)
def test_the_evaluation_interval_fits_into_the_run(
    max_steps: int, batch_size: int, validation_rows: int, patience: int, start_from: float
) -> None:
    eval_steps = evaluation_interval(
        max_steps, batch_size, validation_rows, patience, int(start_from * max_steps)
    )
    assert isinstance(eval_steps, int)
    assert 1 <= eval_steps <= max_steps


@given(**arguments)
def test_patience_can_run_out_wherever_evaluations_are_affordable(
    max_steps: int, batch_size: int, validation_rows: int, patience: int, start_from: float
) -> None:
    """Affordable means that the evaluations cost no more than the training."""
    eval_steps = evaluation_interval(
        max_steps, batch_size, validation_rows, patience, int(start_from * max_steps)
    )
    patience_from = int(start_from * max_steps)
    affordable = min(max_steps, training_cost(max_steps, batch_size, validation_rows))
    if affordable >= max(patience + 2, (patience + 1) / (1 - start_from)):
        assert stopping_step(eval_steps, patience, eval_steps, patience_from) < max_steps


@given(**arguments)
def test_there_are_not_many_more_evaluations_than_are_useful(
    max_steps: int, batch_size: int, validation_rows: int, patience: int, start_from: float
) -> None:
    """At most four times the patience, or as many as patience needs; rounding may double that."""
    evaluations = evaluation_count(
        max_steps,
        evaluation_interval(max_steps, batch_size, validation_rows, patience, int(start_from * max_steps)),
    )
    assert evaluations <= 2 * max(4 * patience, patience + 3, (patience + 1) / (1 - start_from)) + 1


@given(**arguments)
def test_evaluations_cost_at_most_twice_the_training(
    max_steps: int, batch_size: int, validation_rows: int, patience: int, start_from: float
) -> None:
    evaluations = evaluation_count(
        max_steps,
        evaluation_interval(max_steps, batch_size, validation_rows, patience, int(start_from * max_steps)),
    )
    assert evaluations <= 2 * max(1.0, training_cost(max_steps, batch_size, validation_rows)) + 1


@pytest.mark.parametrize(
    ("max_steps", "batch_size", "validation_rows", "patience", "eval_steps"),
    [
        (300, 8, 60, 5, 15),
        (800, 8, 872, 5, 80),
        (1, 8, 60, 5, 1),
        (5, 8, 60, 5, 2),
        (60, 8, 100_000, 5, 60),
        (25_000, 8, 872, 5, 1000),
    ],
)
def test_known_evaluation_intervals(
    max_steps: int, batch_size: int, validation_rows: int, patience: int, eval_steps: int
) -> None:
    patience_from = patience_start(max_steps, 0)
    assert evaluation_interval(max_steps, batch_size, validation_rows, patience, patience_from) == eval_steps


@pytest.mark.parametrize(
    ("max_steps", "warmup_steps", "step"), [(1, 0, 0), (200, 12, 100), (800, 48, 300), (25_000, 1500, 1500)]
)
def test_patience_starts_after_warm_up(max_steps: int, warmup_steps: int, step: int) -> None:
    assert patience_start(max_steps, warmup_steps) == step


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
    assert training_steps(rows, batch_size, max_steps, epochs) == steps


@given(rows=sizes, batch_size=st.integers(1, 512))
def test_training_takes_three_to_ten_epochs_by_default(rows: int, batch_size: int) -> None:
    steps_per_epoch = math.ceil(rows / batch_size)
    steps = training_steps(rows, batch_size, None, None)
    assert 3 * steps_per_epoch <= steps <= 10 * steps_per_epoch
