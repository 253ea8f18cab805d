"""Rehearsal: one step on the longest texts before the first real one: memory runs out now or never."""

import contextlib

import torch
from transformers.modeling_utils import PreTrainedModel

from core.problems import Problem
from core.training.encoding import PaddingCollator
from core.training.planning import Prepared


def rehearse(prepared: Prepared, model: PreTrainedModel, pad_id: int) -> None:
    """Run forward and backward on the largest batch there can be; the weights are left as they were.

    Raises:
        Problem: the device's memory does not hold it, or the loss is not a finite number.
    """
    plan, longest = prepared.plan, prepared.encoded["train"].by_length()
    rows = [longest[index] for index in range(min(plan.train_batch_size, len(longest)))]
    batch = PaddingCollator(pad_id)(rows)
    device = torch.device(plan.device)
    autocast = (
        torch.autocast(plan.device, dtype=torch.bfloat16)
        if plan.precision == "bf16"
        else contextlib.nullcontext()
    )
    model.to(device)  # type: ignore[arg-type]
    model.train()
    try:
        with autocast:
            loss = model(**{name: tensor.to(device) for name, tensor in batch.items()}).loss
        loss.backward()
        # What AdamW will keep for every parameter from the first step on.
        moments = [torch.zeros_like(parameter) for parameter in model.parameters() for _ in range(2)]
        value = float(loss.detach())
        del loss, moments
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        raise Problem(
            f"a batch of {len(rows)} texts of {len(rows[0]['ids'])} tokens does not fit into memory",
            where=plan.device,
            mend="Lower --train-batch-size or --max-length.",
        ) from None
    finally:
        model.zero_grad(set_to_none=True)
    if not torch.isfinite(torch.tensor(value)):
        raise Problem(
            "its loss on the first texts is not a finite number",
            where=plan.model,
            mend="The weights may be damaged: choose another --model, or --precision fp32.",
        )


def _is_out_of_memory(error: RuntimeError) -> bool:
    """On the CPU the allocator's error has no class of its own."""
    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)
