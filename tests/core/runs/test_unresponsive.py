"""A live trainer counts as not responding after a silence longer than its own steps explain."""

import os
import signal
import time
from pathlib import Path

import pytest
from run_events import checkpoint, evaluation, started, step
from small_runs import Small
from trainers import ENDLESS, Trainer
from waiting import wait_until

from core.runs.history import History
from core.runs.listing import summarize
from core.runs.state import RunState, expected_quiet, unresponsive_seconds


def trained(*more: object) -> History:
    return History.of([started(), *(step(number, speed=4.0) for number in range(1, 11)), *more])  # type: ignore[list-item]


def test_a_silence_longer_than_a_cycle_of_training_is_unresponsive() -> None:
    """Steps of 2 s, an evaluation of 40 s, a checkpoint of 0.1 s."""
    history = trained(evaluation(10, seconds=40.0), checkpoint(10))
    most = expected_quiet(history, "training")
    assert most == pytest.approx(30 + 3 * (2 + 40 + 0.1))
    assert unresponsive_seconds(history, "training", most - 1) is None
    assert unresponsive_seconds(history, "training", most + 1) == most + 1


@pytest.mark.parametrize("state", ["paused", "waiting for disk space", "interrupted", "finished", "stopped"])
def test_a_waiting_or_ended_run_is_not_unresponsive(state: RunState) -> None:
    assert unresponsive_seconds(trained(), state, 1e6) is None


@pytest.mark.parametrize("state", ["starting", "finishing"])
def test_outside_training_a_trainer_may_be_silent_for_two_minutes(state: RunState) -> None:
    assert unresponsive_seconds(trained(), state, 119.0) is None
    assert unresponsive_seconds(trained(), state, 121.0) == 121.0


def test_a_suspended_trainer_is_listed_as_unresponsive_and_a_killed_one_as_interrupted(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    trainer = Trainer.start(small.config(tmp_path, max_steps=ENDLESS, eval_steps=ENDLESS))
    processes.append(trainer)
    run = trainer.run
    trainer.until_step(2)
    assert summarize(run).silent_seconds is None
    trainer.process.send_signal(signal.SIGSTOP)
    size = -1
    while size != (size := run.events.stat().st_size):  # events in flight are still written
        time.sleep(0.02)
    long_ago = time.time() - 3600
    os.utime(run.events, times=(long_ago, long_ago))
    summary = summarize(run)
    assert summary.state == "training"
    assert summary.silent_seconds == pytest.approx(3600, abs=60)
    trainer.process.send_signal(signal.SIGCONT)
    wait_until(lambda: summarize(run).silent_seconds is None)
    trainer.kill()
    assert (summarize(run).state, summarize(run).silent_seconds) == ("interrupted", None)
