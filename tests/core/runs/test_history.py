"""History: the state of a run is a reduction of its events."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_events import acknowledged, checkpoint, evaluation, started, step, stopping

from core.runs.events import AnyEvent, Blocked, Launched, RunEnded, Stage, Unblocked, Warned
from core.runs.history import History
from core.runs.state import reason_of, state_of


def trained_steps(first: int, last: int) -> list[AnyEvent]:
    """Steps, with an evaluation and a checkpoint every ten."""
    events: list[AnyEvent] = []
    for number in range(first, last + 1):
        events.append(step(number, loss=1 / number))
        if number % 10 == 0:
            accuracy = 0.5 + number / 1000
            events += [
                evaluation(number, accuracy),
                stopping(number, accuracy, number),
                checkpoint(number, is_best=True),
            ]
    return events


def facts(history: History) -> dict[str, Any]:
    """The facts by which two histories are compared."""
    return {
        "steps": list(history.steps.step),
        "losses": list(history.steps.loss),
        "evaluations": history.evaluations,
        "checkpoints": history.checkpoints,
        "stopping": history.stopping,
        "best": history.best,
        "step": history.step,
    }


def test_no_events_give_an_empty_history() -> None:
    history = History.of([])
    assert (history.step, history.best, history.seconds_left, history.best_checkpoint) == (
        0,
        None,
        None,
        None,
    )
    assert history.count == 0


def test_a_complete_run_gives_a_complete_history() -> None:
    ended = RunEnded(seq=3, time=9.0, reason="finished", step=30, best_step=30)
    history = History.of(
        [
            Stage(name="reading data"),
            started(),
            *trained_steps(1, 30),
            evaluation(30, 0.9, split="test"),
            ended,
        ]
    )
    assert history.step == 30
    assert list(history.steps.step) == list(range(1, 31))
    assert [item.step for item in history.evaluations] == [10, 20, 30]
    assert history.best is not None
    assert history.best.step == 30
    assert history.test is not None
    assert history.test.accuracy == 0.9
    assert history.best_checkpoint == checkpoint(30, is_best=True)
    assert history.ended == ended
    assert history.updated_at == 9.0
    assert history.seconds_left is None


@given(length=st.integers(0, 45), cut=st.integers(0, 80))
def test_events_can_be_applied_in_any_number_of_parts(length: int, cut: int) -> None:
    events = [started(), *trained_steps(1, length)]
    history = History.of(events[:cut])
    for event in events[cut:]:
        history.apply(event)
    assert facts(history) == facts(History.of(events))
    assert history.count == len(events)


@given(killed_at=st.integers(1, 45), last=st.integers(1, 45))
def test_a_resumed_run_has_each_step_once(killed_at: int, last: int) -> None:
    """Steps after the checkpoint are dropped, so the history is that of a run that was never killed."""
    from_checkpoint = killed_at // 10 * 10
    end = max(last, killed_at)
    resumed = [started(), *trained_steps(1, killed_at), started(resumed_from=from_checkpoint)]
    if from_checkpoint:
        resumed.append(stopping(from_checkpoint, 0.5 + from_checkpoint / 1000, from_checkpoint))
    resumed += trained_steps(from_checkpoint + 1, end)
    assert facts(History.of(resumed)) == facts(History.of([started(), *trained_steps(1, end)]))


def test_a_resumed_run_is_at_the_step_of_its_checkpoint() -> None:
    history = History.of([started(), *trained_steps(1, 27), started(resumed_from=20)])
    assert history.step == 20
    assert [item.step for item in history.checkpoints] == [10, 20]


def test_resuming_clears_the_end_the_pause_and_the_warnings() -> None:
    history = History.of(
        [
            started(),
            Warned(message="early stopping can never act"),
            step(1),
            acknowledged("pause", 1),
            RunEnded(reason="stopped", step=1),
            Launched(pid=2),
            started(resumed_from=0),
            Warned(message="early stopping can never act"),
        ]
    )
    assert history.ended is None
    assert not history.paused
    assert len(history.warnings) == 1


def test_pause_and_resume_follow_the_acknowledgements() -> None:
    history = History.of([started(), step(1)])
    assert not history.paused
    history.apply(acknowledged("pause", 1, accepted=False))
    assert not history.paused
    history.apply(acknowledged("pause", 2))
    assert history.paused
    history.apply(acknowledged("evaluate", 2))
    assert history.paused
    history.apply(acknowledged("resume", 2))
    assert not history.paused
    assert set(history.acknowledged) == {"pause-1", "pause-2", "evaluate-2", "resume-2"}


def test_a_pause_ends_with_the_run() -> None:
    history = History.of([started(), acknowledged("pause", 1), RunEnded(reason="stopped", step=1)])
    assert not history.paused


def test_a_missing_loss_is_a_gap() -> None:
    history = History.of([started(), step(1, loss=None), step(2)])
    assert math.isnan(history.steps.loss[0])
    assert history.steps.loss[1] == 0.5
    assert len(history.steps) == 2


def test_the_best_evaluation_is_that_of_early_stopping() -> None:
    events = [started(), evaluation(10, 0.9), stopping(10, 0.9, 10), evaluation(20, 0.95)]
    history = History.of([*events, stopping(20, 0.9, 10, used=1)])
    assert history.best == evaluation(10, 0.9)


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        ([], None),
        ([step(1, speed=None)], None),
        ([step(1, speed=0.0)], None),
        ([step(number, speed=80.0) for number in range(1, 51)], 5.0),
        ([step(50, speed=80.0), evaluation(50, seconds=2.0)], 5.0 + 5 * 2.0),
        ([step(45, speed=80.0), evaluation(40, seconds=2.0)], 5.5 + 6 * 2.0),
        ([step(100, speed=80.0)], 0.0),
        ([step(50, speed=80.0), RunEnded(reason="stopped", step=50)], None),
    ],
    ids=["none", "no-speed", "standing", "half", "evaluations", "partial", "done", "ended"],
)
def test_the_remaining_seconds_follow_the_speeds(events: list[AnyEvent], seconds: float | None) -> None:
    assert History.of([started(), *events]).seconds_left == (
        None if seconds is None else pytest.approx(seconds)
    )


def test_only_the_latest_speeds_count() -> None:
    slow = [step(number, speed=1.0) for number in range(1, 41)]
    fast = [step(number, speed=80.0) for number in range(41, 91)]
    assert History.of([started(), *slow, *fast]).seconds_left == pytest.approx(1.0)


def at(time: float, event: AnyEvent) -> AnyEvent:
    return msgspec.structs.replace(event, time=time)


def test_a_clock_set_back_changes_neither_elapsed_time_nor_order() -> None:
    """The clock goes back by an hour after 100 s, and by a day between two trainers."""
    history = History.of(
        [
            at(10_000, started()),
            at(10_100, evaluation(10, 0.5)),
            at(6_500, stopping(10, 0.5, 10)),
            at(6_600, step(11)),
            at(6_610, evaluation(20, 0.6)),
            at(-80_000, Launched(pid=2)),
            at(-79_995, started(resumed_from=20)),
            at(-79_985, step(21)),
        ]
    )
    assert history.elapsed == 100 + 110 + 15
    assert history.seconds_left is not None
    assert history.seconds_left > 0
    assert [item.step for item in history.evaluations] == [10, 20]
    history.apply(at(-79_980, step(22)))
    assert history.elapsed == 100 + 110 + 20
    assert history.step == 22


def test_a_test_score_is_dropped_when_training_resumes_before_it() -> None:
    events = [started(), *trained_steps(1, 20), evaluation(20, 0.7, "test")]
    assert History.of([*events, started(resumed_from=20)]).test is not None
    assert History.of([*events, started(resumed_from=10)]).test is None


def test_a_run_waits_for_disk_space_until_the_next_event() -> None:
    blocked = Blocked(what="the events", reason="No space left on device", folder="/runs/a", seconds=60)
    waiting = [started(), *trained_steps(1, 10), blocked]
    assert History.of(waiting).blocked == blocked
    assert state_of(History.of(waiting), is_alive=True) == "waiting for disk space"
    assert state_of(History.of(waiting), is_alive=False) == "interrupted"
    assert "No space left on device" in reason_of(History.of(waiting), "waiting for disk space")
    assert reason_of(History.of(waiting), "interrupted") == ""
    over: list[AnyEvent] = [
        Unblocked(what="the events", seconds=3.0),
        Launched(pid=2),
        RunEnded(reason="failed", step=10, error="the disk is full"),
    ]
    for event in over:
        assert History.of([*waiting, event]).blocked is None


def test_repeated_steps_replace_the_earlier_ones() -> None:
    """The event is missing that reports that the run was resumed."""
    steps = [step(number) for number in (1, 2, 9, 3, 4)]
    evaluations = [evaluation(number) for number in (2, 6, 9, 4)]
    history = History.of([started(), *steps, *evaluations, step(10)])
    assert list(history.steps.step) == [1, 2, 3, 4, 10]
    assert [item.step for item in history.evaluations] == [2, 4]
    assert (history.steps.cuts, history.cuts) == (1, 1)
    assert history.step == 10


@pytest.mark.parametrize("value", [0, -1, 1e300])
def test_an_impossible_setting_is_ignored(value: float) -> None:
    wrong = msgspec.structs.replace(acknowledged("eval_steps", 1), value=value)
    history = History.of([started(), step(1), wrong])
    assert history.plan is not None
    assert history.plan.eval_steps == 10
