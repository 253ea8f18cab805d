"""The training time of a run, from the speeds of its steps."""

from array import array

import msgspec
import pytest

from core.runs.directory import RunDirectory
from core.runs.history import read_history


def test_the_last_step_of_an_epoch_counts_its_own_texts(finished_run: RunDirectory) -> None:
    history = read_history(finished_run)
    plan = history.plan
    assert plan is not None
    splits = [msgspec.structs.replace(split, rows=20) for split in plan.splits]
    history.plan = msgspec.structs.replace(plan, splits=splits, train_batch_size=8, steps_per_epoch=3)
    texts = [4 if step % 3 == 0 else 8 for step in range(1, len(history.steps) + 1)]
    seconds = [count / speed for count, speed in zip(texts, history.steps.documents_per_second, strict=True)]
    assert history.training_seconds == pytest.approx(sum(seconds))


def test_a_step_of_unknown_speed_counts_as_the_mean_of_the_others(finished_run: RunDirectory) -> None:
    history = read_history(finished_run)
    speeds = history.steps.documents_per_second
    speeds[:] = array("d", [4.0] * len(speeds))
    known = history.training_seconds
    speeds[0] = speeds[-1] = float("nan")
    assert history.training_seconds == pytest.approx(known, rel=0.1)
    speeds[:] = array("d", [float("nan")] * len(speeds))
    assert history.training_seconds == 0
