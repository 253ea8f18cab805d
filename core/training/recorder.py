"""Figures of training steps: one event each, timed without evaluations, checkpoints and pauses."""

import math
import time
from collections import deque
from dataclasses import dataclass

import msgspec
import torch

from core.runs.events import EventWriter, Step
from core.training.batches import Batch


class NotFiniteError(Exception):
    """A figure of training is NaN or infinite; the weights that come of it are worthless.

    Args:
        step: whose figure it is.
        what: the loss, the gradient, or the output on validation.
    """

    def __init__(self, step: int, what: str) -> None:
        super().__init__(f"the {what} is not finite at step {step}")
        self.step = step
        self.what = what


def finite(value: float | None) -> float | None:
    """Return `value`, or None where it is NaN or infinite."""
    return value if value is not None and math.isfinite(value) else None


@dataclass(frozen=True)
class _Recorded:
    """A step whose loss and gradient norm are on their way from the device."""

    event: Step
    figures: torch.Tensor
    """Loss and gradient norm, shape (2,), on the host; valid once `arrival` has happened."""
    arrival: torch.cuda.Event | None

    @property
    def has_arrived(self) -> bool:
        return self.arrival is None or self.arrival.query()  # type: ignore[no-untyped-call]

    def wait(self) -> None:
        if self.arrival is not None:
            self.arrival.synchronize()


class StepRecorder:
    """Measures training steps and writes their events, and never makes a GPU wait.

    The figures of a step are read when they have arrived, at the latest when the next step has been handed to
    the device. A step takes the time until the figures of the one before it have arrived. So on a GPU a step
    without one before it, the first after each `flush`, has no rates.
    """

    def __init__(self, events: EventWriter) -> None:
        self._events = events
        self._recorded: deque[_Recorded] = deque()
        self._follows_step = False
        """Whether no `flush` came between the last step and the next."""
        self.restart()

    def restart(self) -> None:
        """Measure from now: the time since the last step was no training."""
        self._mark = time.perf_counter()

    def record(
        self,
        step: int,
        epoch: float,
        batch: Batch,
        loss: torch.Tensor,
        grad_norm: torch.Tensor,
        learning_rate: float,
    ) -> None:
        """Record a step that was trained; write the events of those whose figures have arrived.

        Args:
            step: its number.
            epoch: epochs trained so far.
            batch: its examples.
            loss: on the device, shape ().
            grad_norm: before clipping, on the device, shape ().
            learning_rate: that the optimizer used.

        Raises:
            NotFiniteError: loss or gradient of a step is not finite.
        """
        figures, arrival = _send(loss, grad_norm)
        for recorded in self._recorded:
            recorded.wait()  # or a GPU would be measured by how quickly the host gives it work
        seconds = time.perf_counter() - self._mark
        is_measured = arrival is None or self._follows_step
        event = Step(
            step=step,
            epoch=epoch,
            loss=None,
            learning_rate=learning_rate,
            documents_per_second=batch.examples / seconds if is_measured else None,
            tokens_per_second=batch.tokens / seconds if is_measured else None,
            padding=1 - batch.tokens / batch.positions if batch.positions else None,
        )
        self._recorded.append(_Recorded(event, figures, arrival))
        self._follows_step = True
        while self._recorded and (len(self._recorded) > 1 or self._recorded[0].has_arrived):
            self._write(self._recorded.popleft())
        self.restart()

    def flush(self) -> None:
        """Write the events of all steps so far.

        Raises:
            NotFiniteError: loss or gradient of a step is not finite.
        """
        self._follows_step = False
        while self._recorded:
            self._write(self._recorded.popleft())

    def _write(self, recorded: _Recorded) -> None:
        recorded.wait()
        loss, grad_norm = map(finite, recorded.figures.tolist())
        event = recorded.event
        self._events.write(msgspec.structs.replace(event, loss=loss, grad_norm=grad_norm).rounded())
        if loss is None or grad_norm is None:
            self._recorded.clear()  # later steps come of these weights
            raise NotFiniteError(event.step, "loss" if loss is None else "gradient")


def _send(*figures: torch.Tensor) -> tuple[torch.Tensor, torch.cuda.Event | None]:
    """Send scalars to the host without waiting for them."""
    stacked = torch.stack([figure.detach().float() for figure in figures])
    if not stacked.is_cuda:
        return stacked, None
    host = torch.empty(stacked.shape, pin_memory=True)
    host.copy_(stacked, non_blocking=True)
    arrival = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrival.record()
    return host, arrival
