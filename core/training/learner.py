"""Learner: a model with its optimizer. It computes gradients, updates weights and classifies."""

import contextlib
import re
import time

import numpy as np
import numpy.typing as npt
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, is_initialized
from torch import nn
from transformers.modeling_utils import PreTrainedModel

from core.devices.memory import free_unused_memory, is_out_of_memory
from core.encoding.tokens import EncodedSplit
from core.models.logits import compute_logits, logits_of
from core.models.packed.layouts import Layout, move
from core.problems import Problem
from core.runs.termination import Termination
from core.training.batches import Batch, Batcher, BatchOrder, MicroBatch
from core.training.losses import TrainingLoss
from core.training.planning import Prepared

MAX_GRAD_NORM = 1.0
_BETAS = (0.9, 0.999)
_EPSILON = 1e-8
# Biases and normalization layers are not decayed. The patterns are those of transformers.Trainer.
_NOT_DECAYED = re.compile(r"bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)")


def make_optimizer(model: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.AdamW:
    """Return AdamW for the trainable parameters of `model`: a group with weight decay and one without."""
    normalizing = tuple(
        f"{name}." for name, module in model.named_modules() if name and isinstance(module, nn.LayerNorm)
    )
    groups: tuple[list[nn.Parameter], list[nn.Parameter]] = ([], [])
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            is_decayed = not (name.startswith(normalizing) or _NOT_DECAYED.search(name.lower()))
            groups[not is_decayed].append(parameter)
    return torch.optim.AdamW(
        [
            {"params": groups[0], "weight_decay": weight_decay},
            {"params": groups[1], "weight_decay": 0.0},
        ],
        lr=learning_rate,
        betas=_BETAS,
        eps=_EPSILON,
        fused=True,
    )


def check_accelerate() -> None:
    """Check that an `Accelerator` that the caller has made in this process does not change how we compute.

    Accelerate keeps one precision for the whole life of a process.

    Raises:
        Problem: it computes in mixed precision.
    """
    if is_initialized() and (precision := AcceleratorState().mixed_precision) != "no":
        raise Problem(
            f"this process has an Accelerator with mixed_precision={precision!r} already, which would also "
            "hold for this training",
            where="accelerate",
            mend="Use detach=True, which trains in a process of its own.",
        )


class Learner:
    """A classifier that is trained.

    Args:
        prepared: plan and encoded texts of the run.
        model: on its device.
        layout: input layout, packed or padded.
        token_budget: tokens of one micro-batch, padding included.
        termination: asked between micro-batches whether the machine wants the trainer to end.
    """

    def __init__(
        self,
        prepared: Prepared,
        model: PreTrainedModel,
        layout: Layout,
        token_budget: int,
        termination: Termination,
    ) -> None:
        plan = prepared.plan
        self.model = model
        self.device = model.device
        self.layout = layout
        self.optimizer = make_optimizer(model, plan.learning_rate, prepared.config.training.weight_decay)
        self.batcher = Batcher(prepared.encoded["train"], layout, token_budget)
        self._parameters = [each for each in model.parameters() if each.requires_grad]
        self._loss = TrainingLoss.of(prepared, self.device)
        self._bf16 = plan.precision == "bf16"
        self._eval_batch_size = plan.eval_batch_size
        self._termination = termination
        # Precision and device are ours: those of Accelerator hold for the whole life of a process.
        is_cpu = plan.device == "cpu" and not is_initialized()
        self._accelerator = Accelerator(device_placement=False, mixed_precision="no", cpu=is_cpu)
        # The optimizer stays as it is: its wrapper would search for an optional package in each step.
        self._prepared_model = self._accelerator.prepare(model)
        self.order = BatchOrder(
            len(prepared.encoded["train"]),
            plan.train_batch_size,
            plan.seed,
            self._accelerator.process_index,
            self._accelerator.num_processes,
        )

    @property
    def token_budget(self) -> int:
        """Tokens of one micro-batch; it falls when memory runs out."""
        return self.batcher.token_budget

    def compute_gradients(self, batch: Batch) -> torch.Tensor:
        """Run forward and backward on a batch; return its loss without class weights, shape ().

        Where memory runs out the batch is computed again in smaller micro-batches: the optimizer sees no
        difference.

        Raises:
            Problem: a single text does not fit into memory.
            Terminated: SIGTERM came before or between micro-batches.
        """
        if not self.model.training:
            self.model.train()
        while (loss := self._try(batch)) is None:
            batch = self.batcher.divide_further(batch)
        return loss

    def clip_gradients(self) -> torch.Tensor:
        """Scale the gradients down to a norm of at most 1; return their norm before, shape ()."""
        norm: torch.Tensor = self._accelerator.clip_grad_norm_(self._parameters, MAX_GRAD_NORM)
        return norm

    def update(self, learning_rate: float) -> None:
        """Update the weights and drop the gradients."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        self.drop_gradients()

    def drop_gradients(self) -> None:
        """Forget what `compute_gradients` added up."""
        for parameter in self._parameters:
            parameter.grad = None

    def classify(self, split: EncodedSplit) -> tuple[npt.NDArray[np.float32], float]:
        """Return the logits of a split, shape (texts, labels), and the seconds that they took.

        Raises:
            Terminated: SIGTERM came.
        """
        began = time.perf_counter()
        self.model.eval()  # type: ignore[no-untyped-call]
        logits = compute_logits(
            self.model,
            self.layout,
            split.tokens,
            bf16=self._bf16,
            most_texts=self._eval_batch_size,
            on_progress=lambda done: self._termination.check(),
        )
        return logits, time.perf_counter() - began

    @property
    def can_release_memory(self) -> bool:
        """Whether the device has its own memory, which other processes could use."""
        return self.device.type == "cuda"

    def release_memory(self) -> None:
        """Move everything to the host, so that other processes can use the device's memory."""
        self._move(torch.device("cpu"))
        free_unused_memory()

    def reclaim_memory(self) -> bool:
        """Move everything back to the device; return whether it had enough memory."""
        try:
            self._move(self.device)
        except torch.OutOfMemoryError:
            self.release_memory()
            return False
        return True

    def _move(self, device: torch.device) -> None:
        self.model.to(device)  # type: ignore[arg-type]
        for state in self.optimizer.state.values():
            for name, value in state.items():
                if isinstance(value, torch.Tensor):
                    state[name] = value.to(device)

    def _try(self, batch: Batch) -> torch.Tensor | None:
        """As `compute_gradients`; return None, and keep no gradients, where memory ran out."""
        losses = []
        last = batch.micro_batches[-1]
        try:
            for each in batch.micro_batches:
                self._termination.check()
                # Several processes exchange gradients once, with the last micro-batch.
                is_last = each is last
                with contextlib.nullcontext() if is_last else self._accelerator.no_sync(self._prepared_model):
                    losses.append(self._backward(each, each.examples / batch.examples))
            return torch.stack(losses).sum()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        del losses
        self.drop_gradients()
        free_unused_memory()
        return None

    def _backward(self, part: MicroBatch, share: float) -> torch.Tensor:
        """Add the gradient of a micro-batch, weighted by its share of the batch; return its loss part."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
            logits = logits_of(self._prepared_model, move(part.inputs, self.device)).float()
        targets = part.targets.to(self.device, non_blocking=True)
        loss = self._loss(logits, targets)
        shown = self._loss.shown(logits, targets, loss) * share
        self._accelerator.backward(loss * share)
        return shown
