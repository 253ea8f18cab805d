"""Training figures: one event for each logged step, timed without evaluation, checkpoints and pauses."""

import math
import time
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from core.runs.events import EventWriter, Step, Warned


def finite(value: float | None) -> float | None:
    """`value`, or None when it is not a finite number."""
    return value if value is not None and math.isfinite(value) else None


class StepClock:
    """Measures training steps: the time, and the batches that went through the model."""

    def __init__(self) -> None:
        self._mark = time.perf_counter()
        self._masks: list[torch.Tensor] = []

    def count(self, batch: dict[str, torch.Tensor]) -> None:
        """Count a batch that is being trained on."""
        # Added up when the step is over: on a GPU that would have to wait for the step.
        self._masks.append(batch["attention_mask"])

    def read(self) -> tuple[float, int, int, int]:
        """Return (seconds, documents, tokens, positions) since the last reading, and begin anew."""
        documents = sum(len(mask) for mask in self._masks)
        tokens = sum(int(mask.sum()) for mask in self._masks)
        positions = sum(mask.numel() for mask in self._masks)
        seconds = time.perf_counter() - self._mark
        self.restart()
        return seconds, documents, tokens, positions

    def restart(self) -> None:
        """Count from now: what went by since the last reading was no training."""
        self._mark = time.perf_counter()
        self._masks.clear()


class ProgressCallback(TrainerCallback):
    """Writes a step event at every log of the Trainer."""

    def __init__(self, events: EventWriter, clock: StepClock) -> None:
        self._events = events
        self._clock = clock
        self._warned = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begin to count."""
        self._clock.restart()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the figures of the training steps; logs of evaluations have an event of their own."""
        # The events are the record: without this every checkpoint would carry all logs so far.
        state.log_history.clear()
        if not state.is_world_process_zero or not logs or "loss" not in logs:
            return
        seconds, documents, tokens, positions = self._clock.read()
        loss = finite(logs["loss"])
        if loss is None and not self._warned:
            self._warned = True
            self._events.write(
                Warned(
                    message=f"The loss is not finite at step {state.global_step}: lower the learning rate."
                )
            )
        self._events.write(
            Step(
                step=state.global_step,
                epoch=state.epoch or 0.0,
                loss=loss,
                learning_rate=logs["learning_rate"],
                grad_norm=finite(logs.get("grad_norm")),
                documents_per_second=documents / seconds,
                tokens_per_second=tokens / seconds,
                padding=1 - tokens / positions if positions else None,
            )
        )

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leave the evaluation out of the rates."""
        self._clock.restart()

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leave the checkpoint out of the rates."""
        self._clock.restart()
