"""Training figures: one event for each logged step, timed without evaluation, checkpoints and pauses."""

import math
import time
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from core.runs.events import EventWriter, Step, Warned
from core.training.encoding import PaddingCollator


def finite(value: float | None) -> float | None:
    """`value`, or None when it is not a finite number."""
    return value if value is not None and math.isfinite(value) else None


class StepClock:
    """Measures the time spent on training steps: seconds and token counts since the last reading."""

    def __init__(self, collator: PaddingCollator) -> None:
        self._collator = collator
        self._mark = time.perf_counter()
        self._counted = (0, 0, 0)

    def read(self) -> tuple[float, int, int, int]:
        """Return (seconds, documents, tokens, positions) since the last reading, and begin anew."""
        now = time.perf_counter()
        counts = (self._collator.documents, self._collator.tokens, self._collator.positions)
        documents, tokens, positions = (new - old for new, old in zip(counts, self._counted, strict=True))
        seconds = now - self._mark
        self._mark, self._counted = now, counts
        return seconds, documents, tokens, positions

    def leave_out(self, seconds: float) -> None:
        """Do not count `seconds` that just went by on something else than training."""
        self._mark += seconds

    def restart(self) -> None:
        """Count from now: what went by since the last reading was no training, nor were its batches."""
        self.read()


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
