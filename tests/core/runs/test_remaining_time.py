"""The remaining time equals the time that then passes, and pauses do not count as training."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_events import PLAN, acknowledged, checkpoint, evaluation, started, step

from core.runs.events import AnyEvent, Launched
from core.runs.history import History
from core.runs.plan import SplitPlan

CHECKPOINT = 0.1  # seconds, as in run_events


@given(
    step_seconds=st.floats(0.01, 30.0),
    halt_seconds=st.floats(0.1, 600.0),
    max_steps=st.integers(5, 120),
    interval=st.integers(1, 40),
    last_batch=st.integers(1, 8),
    data=st.data(),
)
def test_the_remaining_time_equals_the_time_that_passes(
    step_seconds: float,
    halt_seconds: float,
    max_steps: int,
    interval: int,
    last_batch: int,
    data: st.DataObject,
) -> None:
    """All steps take the same time, also with a short last batch; one evaluation is known."""
    per_epoch = 7
    rows = (per_epoch - 1) * 8 + last_batch
    plan = msgspec.structs.replace(
        PLAN,
        splits=[SplitPlan("train", "train.csv", rows, 0, 10, 20)],
        max_steps=max_steps,
        eval_steps=interval,
        steps_per_epoch=per_epoch,
    )
    history = History.of([msgspec.structs.replace(started(), plan=plan)])
    begin = data.draw(st.integers(min(interval, max_steps), max_steps))
    left = 0.0
    for number in range(1, max_steps + 1):
        size = 8 if number % per_epoch else last_batch
        is_halt = number % interval == 0 or number == max_steps
        if number > begin:
            left += step_seconds + (halt_seconds + CHECKPOINT) * is_halt
        else:
            history.apply(step(number, speed=size / step_seconds))
            if is_halt:
                history.apply(evaluation(number, seconds=halt_seconds))
                history.apply(checkpoint(number))
    assert history.seconds_left == pytest.approx(left, rel=1e-9, abs=1e-6)


def at(time: float, event: AnyEvent) -> AnyEvent:
    return msgspec.structs.replace(event, time=time)


def test_pauses_and_gaps_between_trainers_do_not_count() -> None:
    """The trainer measures the time of each step, so their length does not matter."""
    steps = [at(number / 10, step(number, speed=80.0)) for number in range(1, 11)]
    later = [at(10_000 + number / 10, step(number, speed=80.0)) for number in range(11, 21)]
    paused = [at(1.0, acknowledged("pause", 10)), at(9_999.0, acknowledged("resume", 10))]
    resumed = [at(9_999.0, Launched(pid=2)), at(9_999.5, started(resumed_from=10))]
    for between in (paused, resumed):
        history = History.of([started(), *steps, *between, *later])
        assert history.training_seconds == pytest.approx(20 * 0.1)
        assert history.training_speed == 80.0
        assert history.seconds_left == pytest.approx(80 * 0.1)


def test_slow_steps_and_a_slow_evaluation_leave_the_remaining_time_steady() -> None:
    """After each step, the remaining time is that before it, less the usual duration of a step."""
    history, before = History.of([started()]), 0.0
    for number in range(1, 81):
        # Steps of 0.08 to 0.12 s; two wait 30 s for something else. The first evaluation is slow.
        seconds = 30.0 if number in (25, 52) else 0.08 + 0.02 * (number % 3)
        history.apply(step(number, speed=8 / seconds))
        left = history.seconds_left
        assert left is not None
        if number > 20:
            assert before - left == pytest.approx(0.1, abs=0.15)
        if number % 10 == 0:
            history.apply(evaluation(number, seconds=9.0 if number in (10, 40) else 1.0))
            if number > 20:
                assert left - (history.seconds_left or 0.0) == pytest.approx(1.0)
        before = history.seconds_left or 0.0
    assert history.seconds_left == pytest.approx(20 * 0.1 + 2 * 1.0, rel=0.02)


def test_an_evaluation_that_is_due_and_the_one_on_test_are_included() -> None:
    splits = [SplitPlan("validation", "v.csv", 50, 0, 10, 20), SplitPlan("test", "t.csv", 500, 0, 10, 20)]
    plan = msgspec.structs.replace(PLAN, splits=splits)
    history = History.of([msgspec.structs.replace(started(), plan=plan)])
    history.apply(step(90, speed=80.0))
    history.apply(evaluation(90, seconds=2.0))
    assert history.seconds_left == pytest.approx(10 * 0.1 + 2.0 + 20.0)
    history.apply(step(100, speed=80.0))
    assert history.seconds_left == pytest.approx(2.0 + 20.0)
    history.apply(evaluation(100, seconds=2.0))
    assert history.seconds_left == pytest.approx(20.0)
    history.apply(msgspec.structs.replace(evaluation(90), split="test"))
    assert history.seconds_left == 0.0
