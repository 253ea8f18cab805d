"""Commands that meet at one step: repeated evaluations, device memory released and reclaimed."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import Small, events_of, new_run, of_kind, train_here

from core.runs.commands import CommandName, post
from core.runs.directory import RunDirectory
from core.runs.disk_space import Cancelled, WaitingEventWriter
from core.runs.events import Acknowledged, AnyEvent, Evaluation
from core.runs.history import read_history
from core.training.learner import Learner
from core.training.validation import Validator

Steer = Callable[[int, list[CommandName]], None]


@pytest.fixture
def run(small: Small, tmp_path: Path) -> RunDirectory:
    """A run of ten steps, with evaluations after 5 and 10."""
    return new_run(small.config(tmp_path, max_steps=10))


@pytest.fixture
def during(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> Steer:
    """`during(n, names)` posts the commands while step `n` is trained."""
    coming: dict[int, list[CommandName]] = {}
    compute, steps = Learner.compute_gradients, itertools.count(1)

    def step(self: Learner, *args: Any) -> Any:
        for name in coming.get(next(steps), []):
            post(run.commands, name)
        return compute(self, *args)

    monkeypatch.setattr(Learner, "compute_gradients", step)
    return coming.__setitem__


class Device:
    """Simulates a GPU and records its operations in order."""

    def __init__(self, run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.later: list[CommandName] = ["resume"]
        """Commands to post after a release of the memory, one each time."""
        self.is_taken = 0
        """Number of times that other processes will be found to hold the memory."""
        evaluate = Validator.evaluate

        def release(learner: Learner) -> None:
            self.done.append("release")
            post(run.commands, self.later.pop(0))

        def reclaim(learner: Learner) -> bool:
            if self.is_taken:
                self.is_taken -= 1
                post(run.commands, "resume")
                return False
            self.done.append("reclaim")
            return True

        def evaluated(validator: Validator, step: int, **options: Any) -> None:
            self.done.append(f"evaluate {step}")
            evaluate(validator, step, **options)

        monkeypatch.setattr(Learner, "can_release_memory", True)
        monkeypatch.setattr(Learner, "release_memory", release)
        monkeypatch.setattr(Learner, "reclaim_memory", reclaim)
        monkeypatch.setattr(Validator, "evaluate", evaluated)


@pytest.fixture
def device(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> Device:
    """The simulated GPU that the run trains on."""
    return Device(run, monkeypatch)


def test_two_releases_at_one_step_happen_once_after_the_evaluation(
    run: RunDirectory, during: Steer, device: Device
) -> None:
    during(5, ["release", "release"])
    assert train_here(run) == 0, read_history(run).ended
    assert device.done == ["evaluate 5", "release", "reclaim", "evaluate 10"]
    assert all(event.accepted for event in of_kind(events_of(run), Acknowledged))


def test_an_evaluation_while_released_reclaims_the_memory_for_itself(
    run: RunDirectory, during: Steer, device: Device
) -> None:
    during(3, ["release"])
    device.later = ["evaluate", "resume"]
    assert train_here(run) == 0, read_history(run).ended
    assert device.done == [
        *("release", "reclaim", "evaluate 3", "release", "reclaim", "evaluate 5", "evaluate 10")
    ]


def test_a_run_stays_paused_while_others_hold_the_memory(
    run: RunDirectory, during: Steer, device: Device
) -> None:
    during(3, ["release"])
    device.is_taken = 2
    assert train_here(run) == 0, read_history(run).ended
    assert device.done == ["release", "reclaim", "evaluate 5", "evaluate 10"]
    answers = [event for event in of_kind(events_of(run), Acknowledged) if event.name == "resume"]
    assert [event.accepted for event in answers] == [False, False, True]
    assert "another process uses the device's memory" in answers[0].message


def test_a_stop_while_released_reclaims_the_memory(run: RunDirectory, during: Steer, device: Device) -> None:
    during(3, ["release"])
    device.later = ["stop"]
    assert train_here(run) == 0, read_history(run).ended
    assert device.done == ["release", "reclaim"]
    assert read_history(run).step == 3


def test_two_requests_for_an_evaluation_at_one_step_give_one(run: RunDirectory, during: Steer) -> None:
    during(2, ["evaluate", "evaluate"])
    during(5, ["evaluate", "evaluate"])
    assert train_here(run) == 0, read_history(run).ended
    evaluations = of_kind(events_of(run), Evaluation)
    assert [(item.step, item.requested) for item in evaluations] == [(2, True), (5, False), (10, False)]


def test_acknowledgements_that_do_not_fit_on_the_disk_are_written_at_the_end(
    run: RunDirectory, during: Steer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, refused = WaitingEventWriter.write, list[AnyEvent]()

    def full(self: WaitingEventWriter, event: AnyEvent, *, durable: bool = False) -> None:
        if isinstance(event, Acknowledged) and not refused:
            refused.append(event)
            raise Cancelled("there is no room")
        write(self, event, durable=durable)

    monkeypatch.setattr(WaitingEventWriter, "write", full)
    during(3, ["note", "pause", "stop"])
    assert train_here(run) == 0
    answers = of_kind(events_of(run), Acknowledged)
    assert [(event.name, event.accepted) for event in answers] == [
        ("note", False),
        ("pause", False),
        ("stop", True),
    ]
    ended = read_history(run).ended
    assert ended is not None
    assert (ended.reason, ended.error) == ("stopped", "There is no room.")
