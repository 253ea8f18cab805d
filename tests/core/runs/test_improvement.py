"""Whether a run was still improving at its end, and how to train it longer."""

import pytest
from run_events import evaluation, started, stopping

from core.runs.events import EndReason, RunEnded
from core.runs.history import History
from core.runs.improvement import longer_training, still_improving


def history_of(values: list[float], reason: EndReason = "finished", **plan: object) -> History:
    """A run of 100 steps, evaluated at equal distances."""
    every = 100 // len(values)
    history = History()
    history.apply(started(eval_steps=every, evaluations=len(values), **plan))
    best, best_step = -1.0, 0
    for number, value in enumerate(values, 1):
        if value > best:
            best, best_step = value, number * every
        history.apply(evaluation(number * every, value))
        history.apply(stopping(number * every, best, best_step))
    history.apply(RunEnded(reason=reason, step=100, best_step=best_step))
    return history


@pytest.mark.parametrize(
    ("values", "is_improving"),
    [
        ([0.5, 0.6, 0.7, 0.8, 0.9], True),
        ([0.5, 0.6, 0.7, 0.9, 0.8], True),
        ([0.5, 0.6, 0.9, 0.8, 0.8], False),
        ([0.5, 0.6, 0.9], False),  # too few to tell
        ([0.5, 0.6, 0.7, 0.8, 1.0], False),  # nothing is left to gain
        ([*[0.5] * 17, 0.6, 0.5, 0.5], False),
        ([*[0.5] * 17, 0.5, 0.6, 0.5], True),
    ],
)
def test_a_run_whose_best_is_among_the_last_evaluations_is_still_improving(
    values: list[float], is_improving: bool
) -> None:
    history = history_of(values)
    assert bool(longer_training(history)) == bool(still_improving(history)) == is_improving


@pytest.mark.parametrize("reason", ["early_stopped", "stopped", "failed"])
def test_only_a_run_that_reached_its_end_can_train_longer(reason: EndReason) -> None:
    assert longer_training(history_of([0.5, 0.6, 0.7, 0.8], reason)) == ""


@pytest.mark.parametrize(
    ("epochs", "option"), [(0.2, "--epochs 1"), (2.0, "--epochs 4"), (3.7, "--epochs 8")]
)
def test_twice_the_epochs_are_advised(epochs: float, option: str) -> None:
    history = history_of([0.5, 0.6, 0.7, 0.8], epochs=epochs)
    assert longer_training(history) == option
    assert still_improving(history) == [
        "Still improving: the best accuracy on validation is that of step 100 of 100 steps. "
        f"Train longer ({option})."
    ]


def test_a_run_in_progress_is_not_judged() -> None:
    history = history_of([0.5, 0.6, 0.7, 0.8])
    history.ended = None
    assert longer_training(history) == ""
