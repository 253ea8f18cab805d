"""The Hugging Face Trainer with batches, evaluation and checkpoints of our own."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from transformers import Trainer, TrainerControl, TrainingArguments

from core.devices.memory import free_unused_memory, is_out_of_memory
from core.encoding.tokens import EncodedSplit
from core.evaluation.calibration import decide_cross_fitted, fit_inference
from core.models.layouts import Layout, move
from core.models.logits import compute_logits, logits_of
from core.runs.disk_space import WaitingEventWriter
from core.runs.events import MemoryShort
from core.runs.termination import Terminated, Termination
from core.training import releasing, restoring
from core.training.batches import Batch, Batcher, EpochLoader
from core.training.course import Course
from core.training.faults import NotFiniteError
from core.training.keeping import figures
from core.training.losses import TrainingLoss
from core.training.order import DocumentOrder
from core.training.planning import Prepared
from core.training.progress import StepRecorder
from core.training.randomness import random_state, set_random_state
from core.training.saving import CheckpointSaver
from core.training.steering import TrainingOver


@dataclass(frozen=True)
class Workings:
    """What a trainer works with.

    Attributes:
        prepared: the plan, and the encoded texts.
        course: the settings that may change.
        layout: how the model takes texts.
        token_budget: positions of one pass.
        recorder: of the figures of steps.
        saver: writes checkpoints.
        events: of the run; their `disk_space` waits where the disk is full.
        termination: whether the machine asks for the end.
    """

    prepared: Prepared
    course: Course
    layout: Layout
    token_budget: int
    recorder: StepRecorder
    saver: CheckpointSaver
    events: WaitingEventWriter
    termination: Termination


class ClassifierTrainer(Trainer):
    """A Trainer whose steps wait for nothing: neither for padding, nor for figures, nor for the disk."""

    def __init__(self, workings: Workings, **options: Any) -> None:
        super().__init__(**options)
        self._prepared = workings.prepared
        self._course = workings.course
        self._layout = workings.layout
        self._recorder = workings.recorder
        self._saver = workings.saver
        self._events = workings.events
        self._disk_space = workings.events.disk_space
        self._termination = workings.termination
        self._batcher = Batcher(self._prepared.encoded["train"], self._layout, workings.token_budget)
        self._loss = TrainingLoss.of(self._prepared, self.args.device)
        self._random: list[torch.Tensor] | None = None
        self._resumed_from: str | None = None
        self.catch_up: Callable[[TrainerControl], None] = lambda control: None
        """Tells of a checkpoint that has been completed; before the next one begins it must be."""

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Batches of texts, divided into passes."""
        split, plan = self._prepared.encoded["train"], self._prepared.plan
        order = DocumentOrder(
            len(split), plan.train_batch_size, plan.seed, self.args.process_index, self.args.world_size
        )
        return EpochLoader(self._batcher, order, len(split), pin_memory=plan.device == "cuda")

    def set_initial_training_values(self, args: TrainingArguments, dataloader: Any) -> Any:
        """As many epochs as it takes: the number of steps, which people may raise, ends training."""
        values = super().set_initial_training_values(args, dataloader)
        return sys.maxsize, *values[1:]

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> LambdaLR:
        """A schedule that follows the course."""
        optimizer = optimizer or self.optimizer
        assert optimizer is not None
        self.lr_scheduler = LambdaLR(optimizer, self._course.learning_rate_share)
        self._created_lr_scheduler = True
        return self.lr_scheduler

    def set_learning_rate(self) -> None:
        """Let the next step take the learning rate that the course says."""
        optimizer, scheduler = self.optimizer, self.lr_scheduler
        assert optimizer is not None
        assert isinstance(scheduler, LambdaLR)
        share = self._course.learning_rate_share(scheduler.last_epoch)
        scheduler._last_lr = [base * share for base in scheduler.base_lrs]
        for group, rate in zip(optimizer.param_groups, scheduler._last_lr, strict=True):
            group["lr"] = rate

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> torch.Tensor:
        """Forward and backward of all passes of a batch; return its loss as it is shown, shape ().

        Where memory runs out the batch is done again in smaller passes: the optimizer sees no difference.

        Raises:
            Problem: a single text does not fit into memory.
            Terminated: the machine asked for the end between two passes.
        """
        model.train()
        batch: Batch = self._batcher.fitting(inputs)
        before = self._batcher.token_budget
        while (total := self._passes(model, batch)) is None:
            batch = self._batcher.divide_further(batch)
        if (budget := self._batcher.token_budget) < before:
            self._events.write(
                MemoryShort(step=self.state.global_step + 1, before=before, token_budget=budget)
            )
        self._recorder.count(batch, total)
        self._random = random_state(self.args.device)
        return total

    def _passes(self, model: Any, batch: Batch) -> torch.Tensor | None:
        """The loss of a batch, whose gradient is added up; None, and no gradient, where memory ran out."""
        losses = []
        try:
            for each in batch.passes:
                self._termination.check()
                with self.compute_loss_context_manager():
                    logits = logits_of(model, move(each.inputs, self.args.device))
                    targets = each.targets.to(self.args.device, non_blocking=True)
                    loss, share = self._loss(logits, targets), each.documents / batch.documents
                    losses.append(self._loss.shown(logits, targets, loss) * share)
                self.accelerator.backward(loss * share)
            return torch.stack(losses).sum()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        del losses
        model.zero_grad(set_to_none=True)
        free_unused_memory()
        return None

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> None:
        """Not counted: the loss of a batch is a mean over its texts."""

    def floating_point_ops(self, inputs: Any) -> int:
        """Not counted: it would be computed anew in every step, and nobody reads it."""
        return 0

    def _clip_grad_norm(self, model: Any) -> torch.Tensor:
        norm: torch.Tensor = super()._clip_grad_norm(model)  # type: ignore[no-untyped-call]
        self._recorder.before_update(norm, self._get_learning_rate())
        return norm

    def evaluate(self, *args: Any, **options: Any) -> dict[str, float]:
        """Measure the model on the validation split, and tell the callbacks."""
        self._recorder.flush()
        split = self._prepared.encoded["validation"]
        logits, seconds = self.classify(split)
        if not np.isfinite(logits).all():
            raise NotFiniteError(self.state.global_step, "output on validation")
        truth = split.label_ids[:]
        inference = self._saver.inference = fit_inference(
            self._saver.inference, logits, truth, self.state.global_step
        )
        metrics = figures(logits, truth, decide_cross_fitted(inference, logits, truth), seconds)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def classify(self, split: EncodedSplit) -> tuple[npt.NDArray[np.float32], float]:
        """Logits of the texts of `split`, shape (texts, labels), and the seconds that they took."""
        began = time.perf_counter()
        model: Any = self.model
        model.eval()
        plan = self._prepared.plan
        logits = compute_logits(
            model,
            self._layout,
            split.tokens,
            bf16=plan.precision == "bf16",
            most_texts=plan.eval_batch_size,
            on_progress=lambda done: self._termination.check(),
        )
        return logits, time.perf_counter() - began

    def perform(self) -> None:
        """Evaluate and save now, as far as asked for, at a step boundary."""
        self.catch_up(self.control)
        if self.control.should_evaluate:
            self.evaluate()
        if self.control.should_save:
            assert self.model is not None
            self._save_checkpoint(self.model, trial=None)
            self.control = self.callback_handler.on_save(self.args, self.state, self.control)

    def restore_random(self) -> None:
        """Let the random numbers go on as in the checkpoint that training goes on from."""
        if self._resumed_from is not None:
            self._load_rng_state(self._resumed_from)

    @property
    def can_release(self) -> bool:
        """Whether the device has memory of its own that others could use."""
        return self.args.device.type == "cuda"

    def release(self) -> None:
        """Give the memory of the device back while training waits."""
        assert self.optimizer is not None
        assert self.model is not None
        releasing.release(self.model, self.optimizer)

    def reclaim(self) -> bool:
        """Take the memory of the device again; return whether there was room."""
        assert self.optimizer is not None
        assert self.model is not None
        try:
            releasing.move(self.model, self.optimizer, self.args.device)
        except torch.OutOfMemoryError:
            releasing.release(self.model, self.optimizer)
            return False
        return True

    def train_from(self, checkpoint: Path | None) -> None:
        """Train; a checkpoint that is being written when something goes wrong is still completed.

        Where the machine asks for the end in the middle of a step or an evaluation, what was trained before
        is kept in a checkpoint.

        Args:
            checkpoint: to go on from; None begins with step 1.

        Raises:
            NotFiniteError: a figure is not a finite number.
            Problem: something that is needed is not there.
        """
        self._resumed_from = str(checkpoint) if checkpoint else None
        try:
            if checkpoint:
                restoring.check_state(checkpoint)
            self.train(resume_from_checkpoint=self._resumed_from)
        except Terminated:
            self._leave()
        except TrainingOver:
            self.control = self.callback_handler.on_train_end(self.args, self.state, self.control)
        finally:
            self._saver.close()

    def _leave(self) -> None:
        """Keep what was trained to the last step; what was given up is done again by whoever resumes."""
        if self._random is not None:  # else there is no step that a checkpoint does not have already
            assert self.optimizer is not None
            self.optimizer.zero_grad()
            set_random_state(self.args.device, self._random)
            self.control.should_save = True
            self.catch_up(self.control)
            self._save_checkpoint(self.model, trial=None)
            self.control = self.callback_handler.on_save(self.args, self.state, self.control)
        self.control = self.callback_handler.on_train_end(self.args, self.state, self.control)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        # Or the events of a run that is resumed from here would lack its last steps.
        self._recorder.flush()
        save = super()._save_checkpoint

        def stage() -> None:
            self._saver.begin()
            save(model, trial)

        self._disk_space.write(f"the checkpoint of step {self.state.global_step}", stage)

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Stage the weights for the checkpoint in `output_dir`."""
        assert output_dir is not None
        self._saver.stage_model(Path(output_dir))

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        assert self.optimizer is not None
        assert self.lr_scheduler is not None
        self._saver.stage_optimizer(self.optimizer)
        torch.save(self.lr_scheduler.state_dict(), Path(output_dir) / restoring.SCHEDULER)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        assert self.optimizer is not None
        assert self.lr_scheduler is not None
        restoring.load_optimizer(Path(checkpoint), self.optimizer)
        assert isinstance(self.lr_scheduler, LambdaLR)
        restoring.load_scheduler(Path(checkpoint), self.lr_scheduler)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            with restoring.reading(Path(checkpoint) / restoring.RANDOM):
                super()._load_rng_state(checkpoint)
