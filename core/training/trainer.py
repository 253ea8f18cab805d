"""The Hugging Face Trainer with batches, evaluation and checkpoints of our own."""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainingArguments
from transformers.modeling_utils import PreTrainedModel
from transformers.trainer_utils import TrainOutput

from core.encoding.tokens import EncodedSplit
from core.evaluation.fitting import decide_unfitted, fit
from core.models.layouts import Layout, move
from core.models.logits import compute_logits
from core.models.reading import logits_of
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.room import Room
from core.training import releasing, saving
from core.training.batches import Batch, Batcher, EpochLoader
from core.training.course import Course
from core.training.faults import NotFiniteError
from core.training.keeping import figures
from core.training.losses import TrainingLoss
from core.training.order import DocumentOrder
from core.training.planning import Prepared
from core.training.progress import StepRecorder
from core.training.saving import CheckpointSaver


class ClassifierTrainer(Trainer):
    """A Trainer whose steps wait for nothing: neither for padding, nor for figures, nor for the disk."""

    def __init__(
        self,
        prepared: Prepared,
        course: Course,
        layout: Layout,
        token_budget: int,
        recorder: StepRecorder,
        saver: CheckpointSaver,
        room: Room,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._prepared = prepared
        self._course = course
        self._layout = layout
        self._token_budget = token_budget
        self._recorder = recorder
        self._saver = saver
        self._room = room
        self._loss = TrainingLoss.of(prepared, self.args.device)

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Batches of texts, divided into passes."""
        split, plan = self._prepared.encoded["train"], self._prepared.plan
        order = DocumentOrder(
            len(split), plan.train_batch_size, plan.seed, self.args.process_index, self.args.world_size
        )
        batcher = Batcher(split, self._layout, self._token_budget)
        return EpochLoader(batcher, order, len(split), pin_memory=plan.device == "cuda")

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
        """Forward and backward of all passes of a batch; return its loss as it is shown, shape ()."""
        batch: Batch = inputs
        model.train()
        losses = []
        for each in batch.passes:
            with self.compute_loss_context_manager():
                logits = logits_of(model, move(each.inputs, self.args.device))
                targets = each.targets.to(self.args.device, non_blocking=True)
                loss, share = self._loss(logits, targets), each.documents / batch.documents
                losses.append(self._loss.shown(logits, targets, loss) * share)
            self.accelerator.backward(loss * share)
        total = torch.stack(losses).sum()
        self._recorder.count(batch, total)
        return total

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
        handling = self._saver.handling = fit(self._saver.handling, logits, truth, self.state.global_step)
        metrics = figures(logits, truth, decide_unfitted(handling, logits, truth), seconds)
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
        )
        return logits, time.perf_counter() - began

    def perform(self) -> None:
        """Evaluate and save now, as far as asked for, at a step boundary."""
        if self.control.should_evaluate:
            self.evaluate()
        if self.control.should_save:
            assert self.model is not None
            self._save_checkpoint(self.model, trial=None)
            self.control = self.callback_handler.on_save(self.args, self.state, self.control)

    def release(self) -> int:
        """Give the memory of the device back while training waits; return how many bytes."""
        assert self.optimizer is not None
        assert self.model is not None
        return releasing.release(self.model, self.optimizer, self.args.device)

    def reclaim(self) -> bool:
        """Take the memory of the device again; return whether there was room."""
        assert self.optimizer is not None
        assert self.model is not None
        try:
            releasing.move(self.model, self.optimizer, self.args.device)
        except torch.OutOfMemoryError:
            releasing.release(self.model, self.optimizer, self.args.device)
            return False
        return True

    def train(self, *args: Any, **options: Any) -> TrainOutput:
        """Train; a checkpoint that is being written when something goes wrong is still completed."""
        try:
            return super().train(*args, **options)
        finally:
            self._saver.close()

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        # Or the events of a run that is resumed from here would lack its last steps.
        self._recorder.flush()
        save = super()._save_checkpoint

        def stage() -> None:
            self._saver.begin()
            save(model, trial)

        self._room.write(f"the checkpoint of step {self.state.global_step}", stage)

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Stage the weights for the checkpoint in `output_dir`."""
        assert output_dir is not None
        self._saver.stage_model(Path(output_dir))

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        assert self.optimizer is not None
        assert self.lr_scheduler is not None
        self._saver.stage_optimizer(self.optimizer)
        torch.save(self.lr_scheduler.state_dict(), Path(output_dir) / _SCHEDULER)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        assert self.optimizer is not None
        assert self.lr_scheduler is not None
        saving.load_optimizer(Path(checkpoint), self.optimizer)
        self.lr_scheduler.load_state_dict(torch.load(Path(checkpoint) / _SCHEDULER, weights_only=True))


_SCHEDULER = "scheduler.pt"


def build_trainer(
    run: RunDirectory,
    prepared: Prepared,
    course: Course,
    model: PreTrainedModel,
    layout: Layout,
    token_budget: int,
    recorder: StepRecorder,
    saver: CheckpointSaver,
    room: Room,
    callbacks: list[Any],
) -> ClassifierTrainer:
    """A Trainer for `prepared` whose only voice is `callbacks`."""
    trainer = ClassifierTrainer(
        prepared,
        course,
        layout,
        token_budget,
        recorder,
        saver,
        room,
        model=model,
        args=_arguments(run, prepared),
        # Stand-ins: batches and evaluation are made from the encoded splits.
        train_dataset=prepared.encoded["train"],
        eval_dataset=prepared.encoded["validation"],
        callbacks=callbacks,
    )
    # It would print every log; the events say it all.
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(run: RunDirectory, prepared: Prepared) -> TrainingArguments:
    plan, training = prepared.plan, prepared.config.training
    return TrainingArguments(
        output_dir=str(checkpoints.staging(run)),
        max_steps=plan.max_steps,
        learning_rate=plan.learning_rate,
        per_device_train_batch_size=plan.train_batch_size,
        weight_decay=training.weight_decay,
        optim="adamw_torch_fused",
        seed=plan.seed,
        use_cpu=plan.device == "cpu",
        bf16=plan.precision == "bf16",
        eval_strategy="steps",
        eval_steps=plan.eval_steps,
        # A checkpoint follows every evaluation: KeepingCallback asks for it.
        save_strategy="no",
        # Logging would fetch the loss from the device in every step; StepRecorder reads it when it is there.
        logging_strategy="no",
        # The filter would fetch it, too, and hide a loss that is not a number.
        logging_nan_inf_filter=False,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to="none",
    )
