"""After an evaluation: is it the best, is it time to stop; and the checkpoint that each one brings."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from core.evaluation.metrics import mean_loss, score
from core.models.inference_settings import Decisions
from core.runs import checkpoints
from core.runs.checkpoints import SavedCheckpoint, Written
from core.runs.disk_space import DiskSpace
from core.runs.events import Checkpoint, Evaluation, EventWriter
from core.training.progress import finite
from core.training.saving import CheckpointSaver
from core.training.steering import SteeringCallback
from core.training.stopping import EarlyStopping, StoppingState

_STOPPING_STATE = "early_stopping.json"


def figures(
    logits: npt.NDArray[np.float32], truth: Decisions, decided: Decisions, seconds: float
) -> dict[str, Any]:
    """Loss, scores and seconds of one evaluation, by name.

    Args:
        logits: shape (texts, labels).
        truth: what is true of the texts.
        decided: what was decided of them.
        seconds: that it took.
    """
    return {"loss": mean_loss(logits, truth), **vars(score(decided, truth)), "seconds": seconds}


def evaluation_event(
    metrics: dict[str, Any], *, step: int, split: str, examples: int, requested: bool = False
) -> Evaluation:
    """`figures` as an event."""
    return Evaluation(
        step=step,
        split=split,
        examples=examples,
        loss=finite(metrics["loss"]),
        accuracy=metrics["accuracy"],
        accuracy_low=metrics["accuracy_low"],
        accuracy_high=metrics["accuracy_high"],
        macro_f1=metrics["macro_f1"],
        micro_f1=metrics["micro_f1"],
        seconds=metrics["seconds"],
        requested=requested,
    )


class KeepingCallback(TrainerCallback):
    """Judges evaluations, has a checkpoint written after each, and keeps the best and the last."""

    def __init__(
        self,
        events: EventWriter,
        stopping: EarlyStopping,
        steering: SteeringCallback,
        saver: CheckpointSaver,
        disk_space: DiskSpace,
        examples: int,
    ) -> None:
        self._events = events
        self._stopping = stopping
        self._steering = steering
        self._saver = saver
        self._disk_space = disk_space
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
        """Have the checkpoint that the Trainer staged written, with what early stopping remembers."""
        if not state.is_world_process_zero:
            return
        folder = Path(str(args.output_dir)) / f"checkpoint-{state.global_step}"
        self._stopping.state.evaluation_due = control.should_evaluate
        file, content = folder / _STOPPING_STATE, msgspec.json.encode(self._stopping.state)
        self._disk_space.write(
            f"the checkpoint of step {state.global_step}", lambda: file.write_bytes(content)
        )
        is_best = self._stopping.state.best_step == state.global_step
        self._saver.hand_over(folder, state.global_step, is_best=is_best)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Tell of a checkpoint that has been completed."""
        self.catch_up(control)

    def catch_up(self, control: TrainerControl) -> None:
        """Tell of a checkpoint that has been completed; before the next one begins it must be."""
        if (written := self._saver.poll()) is not None:
            self._tell(written)
        if control.should_evaluate or control.should_save or control.should_training_stop:
            self.settle()

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Wait for the last checkpoint."""
        self.settle()

    def settle(self) -> None:
        """Wait for the checkpoint that is being written, if there is one."""
        if (written := self._saver.wait()) is not None:
            self._tell(written)

    def _tell(self, written: Written) -> None:
        self._events.write(
            Checkpoint(
                step=written.step, is_best=written.is_best, bytes=written.bytes, seconds=written.seconds
            ),
            durable=True,
        )


def checkpoint_event(found: SavedCheckpoint) -> Checkpoint:
    """A checkpoint that is there already as an event; how long it took is not known."""
    files = (path for path in found.path.rglob("*") if path.is_file() and path.name != checkpoints.MARKER)
    size = sum(path.stat().st_size for path in files)
    return Checkpoint(step=found.step, is_best=found.is_best, bytes=size, seconds=0.0)


def read_stopping_state(checkpoint: Path) -> StoppingState:
    """What early stopping remembered when `checkpoint` was written."""
    return msgspec.json.decode((checkpoint / _STOPPING_STATE).read_bytes(), type=StoppingState)
