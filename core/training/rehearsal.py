"""Rehearsal: what a pass may hold is measured before the first step: memory runs out now or never."""

import torch
from transformers.modeling_utils import PreTrainedModel

from core.devices.memory import free_bytes, is_out_of_memory, peak_bytes
from core.models.layouts import Layout, move
from core.models.logits import inputs_of, logits_of
from core.problems import Problem
from core.training.losses import TrainingLoss, as_targets
from core.training.planning import Prepared

# Positions of one pass. Beyond them a CPU gets no quicker, a GPU hardly.
_MOST = {"cpu": 4096, "cuda": 1 << 17}
_FIRST = 1024
# The rest is left for what the rehearsal does not see: fragments, another batch's shape.
_SHARE = 0.8


def find_token_budget(
    prepared: Prepared, model: PreTrainedModel, layout: Layout, known: int | None = None
) -> int:
    """How many positions one forward and backward pass may hold; the weights are left as they were.

    Args:
        prepared: the run.
        model: on its device.
        layout: how the model takes documents.
        known: the budget that a resumed run had: with another one its sums would be rounded differently.

    Raises:
        Problem: the device's memory does not hold the longest text, or the host's no checkpoint; or the loss
            of the longest text is not a finite number.
    """
    longest = int(prepared.encoded["train"].tokens.lengths.max())
    staged = prepared.plan.checkpoint_bytes
    _check_room(staged)
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
            mend="Lower --max-length, or do not read long texts in windows."
            if prepared.plan.long_text == "windows"
            else "Lower --max-length.",
        ) from None
    finally:
        model.zero_grad(set_to_none=True)


def _check_room(staged: int) -> None:
    """Make sure that the host's memory holds a checkpoint while another process writes it."""
    free = free_bytes(torch.device("cpu"))
    if free < staged:
        raise Problem(
            f"a checkpoint of {staged / 1e9:.1f} GB is kept in memory while it is written, and "
            f"{max(free, 0) / 1e9:.1f} GB are free",
            where="memory of this machine",
            mend="Make room, ask the scheduler for more, or choose a smaller --model.",
        )


class _Rehearsal:
    """Passes with the longest texts there are, while everything else that a step needs is in memory, too."""

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
        # What AdamW will keep for every trained parameter from the first step on, and its gradient.
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._moments = [torch.zeros_like(parameter) for parameter in trained for _ in range(2)]
        for parameter in trained:
            parameter.grad = torch.zeros_like(parameter)

    def measure(self, positions: int) -> int:
        """Run forward and backward on as many of the longest texts; return the bytes that it took.

        Raises:
            Problem: the loss is not a finite number.
            RuntimeError: memory ran out.
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
                "its loss on the first texts is not a finite number",
                where=plan.model,
                mend="The weights may be damaged: choose another --model, or --precision fp32.",
            )
