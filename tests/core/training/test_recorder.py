"""Figures of steps: each step once and in order, also when figures arrive late from the device."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.runs.events import AnyEvent, EventFollower, EventWriter, Step
from core.training import recorder
from core.training.batches import Batch
from core.training.recorder import NotFiniteError, StepRecorder

BATCH = Batch([], examples=4, tokens=30, positions=40)


class Recorded:
    """A recorder, and the events that it wrote."""

    def __init__(self, folder: Path) -> None:
        path = folder / "events.jsonl"
        path.unlink(missing_ok=True)
        self.recorder = StepRecorder(EventWriter(path))
        self._follower = EventFollower(path)

    def step(self, number: int, loss: float, grad_norm: float = 1.0, batch: Batch = BATCH) -> None:
        self.recorder.record(
            number,
            epoch=number / 10,
            batch=batch,
            loss=torch.tensor(loss),
            grad_norm=torch.tensor(grad_norm),
            learning_rate=0.1 / number,
        )

    def new(self) -> list[AnyEvent]:
        return self._follower.read()

    def new_steps(self) -> list[int]:
        return [event.step for event in self.new() if isinstance(event, Step)]


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path)


def test_an_event_has_the_figures_of_its_step(recorded: Recorded) -> None:
    for number in (1, 2):
        recorded.step(number, loss=number + 0.5, grad_norm=number * 2)
        (event,) = recorded.new()
        assert isinstance(event, Step)
        assert (event.step, event.loss, event.grad_norm) == (number, number + 0.5, number * 2)
        assert (event.epoch, event.learning_rate) == (number / 10, 0.1 / number)
        assert event.padding == 0.25
        assert event.documents_per_second is not None
        assert event.tokens_per_second == pytest.approx(event.documents_per_second * 30 / 4)


def test_padding_is_measured_per_batch(recorded: Recorded) -> None:
    recorded.step(1, loss=2, batch=Batch([], examples=5, tokens=40, positions=50))
    (event,) = recorded.new()
    assert isinstance(event, Step)
    assert event.padding == pytest.approx(1 - 40 / 50)
    recorded.step(2, loss=2)
    (event,) = recorded.new()
    assert isinstance(event, Step)
    assert event.padding == 0.25


def test_rates_exclude_time_without_training(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(recorder.time, "perf_counter", lambda: now)
    recorded.recorder.restart()
    now += 2
    recorded.step(1, loss=1)
    now += 50
    recorded.recorder.restart()
    now += 4
    recorded.step(2, loss=1)
    rates = [(event.documents_per_second, event.tokens_per_second) for event in recorded.new()]  # type: ignore[union-attr]
    assert rates == [(2, 15), (1, 7.5)]


@pytest.mark.parametrize(
    ("loss", "grad_norm", "what"),
    [(1.0, float("inf"), "gradient"), (float("nan"), 1.0, "loss"), (float("inf"), float("nan"), "loss")],
)
def test_figures_that_are_not_finite_are_a_gap_and_raise(
    recorded: Recorded, loss: float, grad_norm: float, what: str
) -> None:
    recorded.step(1, 1.0, 1.0)
    with pytest.raises(NotFiniteError) as found:
        recorded.step(2, loss, grad_norm)
    assert (found.value.step, found.value.what) == (2, what)
    first, second = recorded.new()
    assert isinstance(first, Step)
    assert isinstance(second, Step)
    assert (second.loss is None, second.grad_norm is None) == (what == "loss", not math.isfinite(grad_norm))


class Arrival:
    """Simulates a CUDA event: its figures are available only once it has happened."""

    def __init__(self, figures: torch.Tensor) -> None:
        self._figures = figures
        self.host = torch.full_like(figures, -1)
        self.waited = False
        self.has_happened = False

    def happen(self) -> None:
        self.has_happened = True
        self.host.copy_(self._figures)

    def query(self) -> bool:
        return self.has_happened

    def synchronize(self) -> None:
        if not self.has_happened:
            self.waited = True
            self.happen()


@pytest.fixture
def arrivals(monkeypatch: pytest.MonkeyPatch) -> list[Arrival]:
    sent: list[Arrival] = []

    def send(*figures: torch.Tensor) -> tuple[torch.Tensor, Any]:
        sent.append(Arrival(torch.stack([figure.float() for figure in figures])))
        return sent[-1].host, sent[-1]

    monkeypatch.setattr(recorder, "_send", send)
    return sent


def test_late_figures_are_written_one_step_later(recorded: Recorded, arrivals: list[Arrival]) -> None:
    for number in range(1, 6):
        for arrival in arrivals:
            arrival.happen()
        recorded.step(number, loss=number)
        steps = [(event.step, event.loss) for event in recorded.new() if isinstance(event, Step)]
        assert steps == ([(number - 1, number - 1)] if number > 1 else [])
    recorded.recorder.flush()
    assert recorded.new_steps() == [5]
    assert [arrival.waited for arrival in arrivals] == [False] * 4 + [True]
    recorded.recorder.flush()
    assert recorded.new() == []


def test_figures_that_do_not_arrive_are_waited_for_one_step_later(
    recorded: Recorded, arrivals: list[Arrival]
) -> None:
    for number in range(1, 5):
        recorded.step(number, loss=number)
        assert recorded.new_steps() == ([number - 1] if number > 1 else [])
    recorded.recorder.flush()
    assert recorded.new_steps() == [4]


def test_steps_stay_in_order_whenever_figures_arrive(tmp_path: Path, arrivals: list[Arrival]) -> None:
    @given(st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=10))
    def check(happening: list[list[int]]) -> None:
        arrivals.clear()
        recorded = Recorded(tmp_path)
        for number, several in enumerate(happening, 1):
            recorded.step(number, loss=number)
            for index in several:
                if index < len(arrivals):
                    arrivals[index].happen()
        recorded.recorder.flush()
        steps = [(event.step, event.loss) for event in recorded.new() if isinstance(event, Step)]
        assert steps == [(number, number) for number in range(1, len(happening) + 1)]

    check()


def test_on_a_gpu_the_first_step_after_a_flush_has_no_rates(
    recorded: Recorded, arrivals: list[Arrival]
) -> None:
    """No earlier figures are pending then, so only the time of the host is known."""
    for number in range(1, 7):
        recorded.step(number, loss=number)
        if number == 4:  # an evaluation follows
            recorded.recorder.flush()
    recorded.recorder.flush()
    events = [event for event in recorded.new() if isinstance(event, Step)]
    assert [event.step for event in events if event.documents_per_second is None] == [1, 5]
    assert [event.step for event in events if event.tokens_per_second is None] == [1, 5]
