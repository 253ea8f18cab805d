"""After an evaluation: is it the best, is it time to stop; and the checkpoint that each one brings."""

import time
from pathlib import Path
from typing import Any

import msgspec
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.events import Checkpoint, Evaluation, EventWriter
from core.training.progress import finite
from core.training.steering import SteeringCallback
from core.training.stopping import EarlyStopping, StoppingState

_STOPPING_STATE = "early_stopping.json"
# A pickle of the Trainer's arguments that nothing here reads.
_UNWANTED = "training_args.bin"


def evaluation_event(
    metrics: dict[str, float], prefix: str, *, step: int, split: str, examples: int, requested: bool = False
) -> Evaluation:
    """The figures that `Trainer.evaluate` gave under `prefix`, as an event."""
    return Evaluation(
        step=step,
        split=split,
        examples=examples,
        loss=finite(metrics.get(f"{prefix}_loss")),
        accuracy=metrics[f"{prefix}_accuracy"],
        accuracy_low=metrics[f"{prefix}_accuracy_low"],
        accuracy_high=metrics[f"{prefix}_accuracy_high"],
        macro_f1=metrics[f"{prefix}_macro_f1"],
        seconds=metrics[f"{prefix}_runtime"],
        requested=requested,
    )


class KeepingCallback(TrainerCallback):
    """Judges evaluations, has a checkpoint written after each, and keeps the best and the last."""

    def __init__(
        self,
        run: RunDirectory,
        events: EventWriter,
        stopping: EarlyStopping,
        steering: SteeringCallback,
        examples: int,
    ) -> None:
        self._run = run
        self._events = events
        self._stopping = stopping
        self._steering = steering
        self._examples = examples

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the evaluation and the state of early stopping; ask for a checkpoint, or for the end."""
        assert metrics is not None
        requested = self._steering.evaluation_requested
        evaluation = evaluation_event(
            metrics,
            "eval",
            step=state.global_step,
            split="validation",
            examples=self._examples,
            requested=requested,
        )
        value = finite(getattr(evaluation, self._stopping.metric))
        self._stopping.update(state.global_step, value, counts=not requested)
        control.should_save = True
        if self._stopping.has_run_out:
            control.should_training_stop = True
        if state.is_world_process_zero:
            self._events.write(evaluation)
            self._events.write(self._stopping.event(state.global_step), durable=True)

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Give the checkpoint that the Trainer wrote its place, and remove those that are not needed."""
        if not state.is_world_process_zero:
            return
        written = Path(str(args.output_dir)) / f"checkpoint-{state.global_step}"
        # The Trainer does not say when it began: the oldest file does.
        began = min(path.stat().st_mtime for path in written.rglob("*"))
        (written / _UNWANTED).unlink(missing_ok=True)
        (written / _STOPPING_STATE).write_bytes(msgspec.json.encode(self._stopping.state))
        size = sum(path.stat().st_size for path in written.rglob("*") if path.is_file())
        is_best = self._stopping.state.best_step == state.global_step
        checkpoints.adopt(self._run, written, state.global_step, is_best=is_best)
        checkpoints.prune(self._run)
        self._events.write(
            Checkpoint(
                step=state.global_step,
                is_best=is_best,
                bytes=size,
                seconds=time.time() - began,
            ),
            durable=True,
        )


def read_stopping_state(checkpoint: Path) -> StoppingState:
    """What early stopping remembered when `checkpoint` was written."""
    return msgspec.json.decode((checkpoint / _STOPPING_STATE).read_bytes(), type=StoppingState)
