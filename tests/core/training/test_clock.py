"""The system clock is set back while a run trains."""

import time
from pathlib import Path

import pytest
from small_runs import Small, events_of, losses, new_run, of_kind, train_here

from core.runs.directory import RunDirectory
from core.runs.events import Step
from core.runs.history import read_history
from core.runs.listing import summarize


def test_a_clock_set_back_changes_neither_the_training_nor_its_duration(
    small: Small, finished_run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock goes back by an hour after the tenth step."""
    run = new_run(small.config(tmp_path, {"data": {"test": str(small.test)}}))
    clock = time.time

    def set_back() -> float:
        return clock() - 3600 * (read_history(run).step >= 10)

    began = time.monotonic()
    monkeypatch.setattr(time, "time", set_back)
    assert train_here(run) == 0
    took = time.monotonic() - began
    history = read_history(run)
    steps = of_kind(events_of(run), Step)
    assert steps[0].time - steps[-1].time > 3000
    assert [step.step for step in steps] == list(range(1, 21))
    assert losses(run) == losses(finished_run)
    assert history.elapsed is not None
    assert 0 < history.elapsed < took + 1
    assert (summarize(run).state, history.training_speed is not None) == ("finished", True)
