"""Early stopping, against a simple reference, and the step at which it announces to stop."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.early_stopping import EarlyStopping, StoppingState

Value = float | None

# Few distinct values, so that ties and gains just at the threshold occur.
values = st.none() | st.sampled_from([round(number * 0.1, 1) for number in range(11)])
histories = st.lists(st.tuples(values, st.booleans()), max_size=30)


def make(
    *,
    patience: int = 3,
    min_delta: float = 0.0,
    greater_is_better: bool = True,
    eval_steps: int = 10,
    max_steps: int = 100,
    patience_from: int = 0,
) -> EarlyStopping:
    return EarlyStopping(
        metric="accuracy" if greater_is_better else "loss",
        patience=patience,
        min_delta=min_delta,
        greater_is_better=greater_is_better,
        eval_steps=eval_steps,
        max_steps=max_steps,
        patience_from=patience_from,
        state=StoppingState(),
    )


@given(
    history=histories,
    patience=st.integers(1, 5),
    min_delta=st.sampled_from([0.0, 0.05, 0.25]),
    greater_is_better=st.booleans(),
    patience_from=st.integers(0, 20),
)
def test_early_stopping_agrees_with_a_simple_reference(
    history: list[tuple[Value, bool]],
    patience: int,
    min_delta: float,
    greater_is_better: bool,
    patience_from: int,
) -> None:
    stopping = make(
        patience=patience,
        min_delta=min_delta,
        greater_is_better=greater_is_better,
        patience_from=patience_from,
    )
    bests: list[tuple[float, int]] = []
    without_gain = 0
    for step, (value, is_regular) in enumerate(history, start=1):
        sign = 1 if greater_is_better else -1
        is_best = value is not None and (not bests or sign * (value - bests[-1][0]) > min_delta)
        if is_best:
            assert value is not None
            bests.append((value, step))
        without_gain = 0 if is_best else without_gain + (is_regular and step >= patience_from)
        assert stopping.update(step, value, counts=is_regular) == is_best
        assert (stopping.state.best, stopping.state.best_step) == (bests[-1] if bests else (None, None))
        assert stopping.state.used == without_gain
        assert stopping.has_run_out == (without_gain >= patience)


@given(history=histories)
def test_without_a_threshold_the_first_of_equal_best_values_wins(history: list[tuple[Value, bool]]) -> None:
    stopping = make()
    for step, (value, _) in enumerate(history, start=1):
        stopping.update(step, value)
    numbers = [value for value, _ in history if value is not None]
    assert stopping.state.best == max(numbers, default=None)
    if numbers:
        assert stopping.state.best_step == [value for value, _ in history].index(max(numbers)) + 1


def test_of_equal_values_the_one_with_the_lower_loss_is_the_best() -> None:
    stopping = make(patience=4)
    assert stopping.update(10, 0.5, 0.7)
    assert not stopping.update(20, 0.5, 0.8)
    assert stopping.update(30, 0.5, 0.6)
    assert not stopping.update(40, 0.4, 0.1)
    assert (stopping.state.best, stopping.state.best_step) == (0.5, 30)


def test_a_tie_uses_patience() -> None:
    """A run that has reached its score does not go on because its loss still falls a little."""
    stopping = make(patience=3)
    for step, loss in ((10, 0.7), (20, 0.6), (30, 0.5), (40, 0.4)):
        assert stopping.update(step, 1.0, loss)
    assert stopping.has_run_out


def test_a_run_of_an_older_version_keeps_the_first_of_equal_values() -> None:
    stopping = make()
    stopping.ties_by_loss = False
    stopping.update(10, 0.5, 0.7)
    assert not stopping.update(20, 0.5, 0.6)


def test_without_early_stopping_no_patience_is_used() -> None:
    stopping = make(patience=1)
    stopping.is_on = False
    for step in (10, 20, 30):
        stopping.update(step, 0.5)
    event = stopping.event(30)
    assert (event.used, event.stops_at, stopping.has_run_out) == (0, None, False)


def test_nan_is_never_the_best() -> None:
    stopping = make(patience=2)
    assert not stopping.update(10, None)
    assert not stopping.update(20, None)
    assert stopping.state.best is None
    assert stopping.has_run_out


def test_a_requested_evaluation_uses_no_patience_but_can_be_the_best() -> None:
    stopping = make(patience=1)
    stopping.update(10, 0.5)
    for step in range(11, 20):
        assert not stopping.update(step, 0.4, counts=False)
    assert not stopping.has_run_out
    assert stopping.update(20, 0.6, counts=False)
    assert (stopping.state.best, stopping.state.best_step) == (0.6, 20)


def test_patience_is_not_used_before_its_first_step() -> None:
    """A model that only guesses for the first third of the run keeps its whole patience."""
    stopping = make(patience=2, patience_from=40)
    for step in (10, 20, 30):
        stopping.update(step, 0.5)
    assert (stopping.state.used, stopping.event(30).stops_at) == (0, 50)
    stopping.update(40, 0.5)
    assert not stopping.has_run_out
    assert stopping.update(50, 0.7)


def test_small_gains_do_not_add_up() -> None:
    """Each value is compared with the best one, not with the one before."""
    stopping = make(patience=3, min_delta=0.05)
    stopping.update(1, 0.50)
    assert [stopping.update(step, 0.50 + step * 0.01) for step in (2, 3, 4)] == [False] * 3
    assert stopping.has_run_out
    assert stopping.state.best == 0.50


@given(
    history=st.lists(values, max_size=12),
    patience=st.integers(1, 4),
    eval_steps=st.integers(1, 7),
    max_steps=st.integers(1, 60),
    patience_from=st.integers(0, 60),
)
def test_early_stopping_acts_at_the_announced_step(
    history: list[Value], patience: int, eval_steps: int, max_steps: int, patience_from: int
) -> None:
    """Without a new best, training stops at `stops_at`, or runs to its end if that is None."""
    stopping = make(
        patience=patience, eval_steps=eval_steps, max_steps=max_steps, patience_from=patience_from
    )
    step = 0
    for value in history:
        if stopping.has_run_out or step + eval_steps > max_steps:
            break
        step += eval_steps
        stopping.update(step, value)
    announced = stopping.event(step).stops_at
    while not stopping.has_run_out and step + eval_steps < max_steps:
        step += eval_steps
        stopping.update(step, None)
    assert announced == (step if stopping.has_run_out else None)


def test_a_requested_evaluation_keeps_the_announced_step() -> None:
    stopping = make(patience=2, eval_steps=10)
    stopping.update(10, 0.5)
    stopping.update(13, 0.4, counts=False)
    assert stopping.event(13).stops_at == 30
    stopping.update(17, 0.6, counts=False)
    assert stopping.event(17).stops_at == 30


def test_the_event_has_the_state_of_early_stopping() -> None:
    stopping = make(patience=5, max_steps=200)
    stopping.update(10, 0.5)
    stopping.update(20, 0.4)
    event = stopping.event(20)
    assert (event.step, event.metric, event.best, event.best_step) == (20, "accuracy", 0.5, 10)
    assert (event.used, event.patience, event.stops_at) == (1, 5, 60)


@pytest.mark.parametrize("used", [0, 3])
def test_the_state_survives_in_a_checkpoint(used: int) -> None:
    state = StoppingState(best=0.5, best_step=10, used=used)
    assert msgspec.json.decode(msgspec.json.encode(state), type=StoppingState) == state
