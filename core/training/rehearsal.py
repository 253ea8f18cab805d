"""Rehearsal: measure before the first step how many tokens of a micro-batch fit into memory."""

import torch
from transformers.modeling_utils import PreTrainedModel

from core.devices.memory import free_bytes, is_out_of_memory, peak_bytes
from core.models.logits import inputs_of, logits_of
from core.models.packed.layouts import Layout, move
from core.problems import Problem
from core.training.losses import TrainingLoss, as_targets
from core.training.planning import Prepared

# Tokens of one micro-batch. Beyond them a CPU gets no faster, a GPU hardly.
_MOST = {"cpu": 4096, "cuda": 1 << 17}
_FIRST = 1024
# Of the free memory. The rest is for what a rehearsal does not see: fragmentation, other shapes.
_SHARE = 0.8


def find_token_budget(
    prepared: Prepared, model: PreTrainedModel, layout: Layout, known: int | None = None
) -> int:
    """Return the token budget: the maximum tokens of one micro-batch. The model stays as it was.

    Args:
        prepared: the run.
        model: on its device.
        layout: input layout, packed or padded.
        known: budget of a resumed run: with another one its sums would be rounded differently.

    Raises:
        Problem: the memory of the device does not hold the longest text, or that of the host no checkpoint;
            or the loss is NaN or infinite.
    """
    longest = int(prepared.encoded["train"].tokens.lengths.max())
    staged = prepared.plan.checkpoint_bytes
    _check_host_memory(staged)
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    try:
        rehearsal = _Rehearsal(prepared, model, layout)
        wanted = known or min(_MOST[model.device.type], rehearsal.largest_batch)
        trial = max(longest, min(wanted, _FIRST))
        position_bytes = rehearsal.measure(trial) / trial
        free = free_bytes(model.device) - (staged if model.device.type == "cpu" else 0)
        affordable = int(_SHARE * free / max(position_bytes, 1))
        budget = max(longest, min(wanted, affordable))
        while budget > trial:
            try:
                rehearsal.measure(budget)
                break
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                budget = max(trial, budget // 2)
        return budget
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise Problem(
            f"a text of {longest} tokens does not fit into memory",
            where=prepared.plan.device,
            mend="Lower --max-length, or choose another --long-text than windows."
            if prepared.plan.long_text == "windows"
            else "Lower --max-length.",
        ) from None
    finally:
        model.zero_grad(set_to_none=True)
        for name, buffer in model.named_buffers():  # running statistics, where a model keeps any
            buffer.copy_(buffers[name])


def _check_host_memory(checkpoint_bytes: int) -> None:
    """Check that the host's memory holds a checkpoint while another process writes it.

    Raises:
        Problem: it does not.
    """
    free = free_bytes(torch.device("cpu"))
    if free < checkpoint_bytes:
        raise Problem(
            f"{checkpoint_bytes / 1e9:.1f} GB of memory needed (to hold a checkpoint while it is written), "
            f"{max(free, 0) / 1e9:.1f} GB free",
            where="memory of this machine",
            mend="Free memory, ask the scheduler for more, or choose a smaller --model.",
        )


class _Rehearsal:
    """Micro-batches of the longest texts, while everything else that a step needs is in memory, too."""

    def __init__(self, prepared: Prepared, model: PreTrainedModel, layout: Layout) -> None:
        self._prepared = prepared
        self._model = model
        self._layout = layout
        self._loss = TrainingLoss.of(prepared, model.device)
        self._split = prepared.encoded["train"]
        self._lengths = self._split.tokens.lengths
        batch_size = prepared.plan.train_batch_size
        self._longest = self._lengths.argsort(kind="stable")[::-1][:batch_size]
        self.largest_batch = layout.positions(self._lengths[self._longest])
        # What AdamW will keep of each trained parameter from the first step on, and its gradient.
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._moments = [torch.zeros_like(parameter) for parameter in trained for _ in range(2)]
        for parameter in trained:
            parameter.grad = torch.zeros_like(parameter)

    def measure(self, positions: int) -> int:
        """Run forward and backward on so many positions; return the bytes that it took.

        Raises:
            Problem: the loss is NaN or infinite.
            RuntimeError: out of memory.
        """
        return peak_bytes(self._model.device, lambda: self._run(positions))

    def _run(self, positions: int) -> None:
        model, plan = self._model, self._prepared.plan
        members = self._longest[self._layout.divide(self._lengths[self._longest], positions)[0]]
        inputs = inputs_of(self._layout, self._split.tokens, members)
        targets = as_targets(self._split.label_ids[members]).to(model.device)
        model.train()
        with torch.autocast(plan.device, torch.bfloat16, enabled=plan.precision == "bf16"):
            loss = self._loss(logits_of(model, move(inputs, model.device)), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        if not torch.isfinite(loss.detach()):
            raise Problem(
                "its loss on the longest texts is NaN or infinite",
                where=plan.model,
                mend="The weights may be damaged: choose another --model, or --precision fp32.",
            )
