"""Figures of training steps: an event each, timed without evaluation, checkpoints and pauses."""

import math
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

import msgspec
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from core.runs.events import EventWriter, Step
from core.training.batches import Batch
from core.training.faults import NotFiniteError


def finite(value: float | None) -> float | None:
    """`value`, or None when it is not a finite number."""
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


class StepRecorder:
    """Measures training steps and writes their events, without ever making a GPU wait.

    The figures of a step are read when they have arrived, at the latest when the next step has been given to
    the device.
    """

    def __init__(self, events: EventWriter) -> None:
        self._events = events
        self._recorded: deque[_Recorded] = deque()
        self._learning_rate = 0.0
        self._loss = self._grad_norm = torch.zeros(())
        self.restart()

    def restart(self) -> None:
        """Measure from now: what went by since the last step was no training."""
        self._mark = time.perf_counter()
        self._documents = self._tokens = self._positions = 0

    def count(self, batch: Batch, loss: torch.Tensor) -> None:
        """Take in a batch that was trained on, and its loss, shape ()."""
        self._documents += batch.documents
        self._tokens += batch.tokens
        self._positions += batch.positions
        self._loss = loss

    def before_update(self, grad_norm: torch.Tensor, learning_rate: float) -> None:
        """Take in what the optimizer is about to work with."""
        self._grad_norm = grad_norm
        self._learning_rate = learning_rate

    def record(self, step: int, epoch: float) -> None:
        """The step is over; write the events of those whose figures have arrived.

        Raises:
            NotFiniteError: one of them is not a finite number.
        """
        seconds = time.perf_counter() - self._mark
        event = Step(
            step=step,
            epoch=epoch,
            loss=None,
            learning_rate=self._learning_rate,
            documents_per_second=self._documents / seconds,
            tokens_per_second=self._tokens / seconds,
            padding=1 - self._tokens / self._positions if self._positions else None,
        )
        self._recorded.append(_Recorded(event, *_send(self._loss, self._grad_norm)))
        while self._recorded and (len(self._recorded) > 1 or self._recorded[0].has_arrived):
            self._write(self._recorded.popleft())
        self.restart()

    def flush(self) -> None:
        """Write the events of all steps so far.

        Raises:
            NotFiniteError: a figure of one is not a finite number.
        """
        while self._recorded:
            self._write(self._recorded.popleft())

    def _write(self, recorded: _Recorded) -> None:
        if recorded.arrival is not None:
            recorded.arrival.synchronize()
        loss, grad_norm = map(finite, recorded.figures.tolist())
        event = recorded.event
        self._events.write(msgspec.structs.replace(event, loss=loss, grad_norm=grad_norm).rounded())
        if loss is None or grad_norm is None:
            self._recorded.clear()  # of weights that are worth nothing
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


class ProgressCallback(TrainerCallback):
    """Tells the recorder where steps begin and end."""

    def __init__(self, recorder: StepRecorder) -> None:
        self._recorder = recorder

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begin to measure."""
        self._recorder.restart()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Record the step."""
        self._recorder.record(state.global_step, state.epoch or 0.0)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leave the evaluation out of the rates."""
        self._recorder.restart()

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leave the checkpoint out of the rates."""
        self._recorder.restart()

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Write what is still on its way."""
        self._recorder.flush()
