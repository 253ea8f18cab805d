"""compute_logits: the one loop by which evaluation and prediction ask a classifier."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers.modeling_utils import PreTrainedModel

from core.encoding.tokens import Tokens
from core.models.layouts import Layout, move
from core.models.reading import inputs_of, mean_of_windows

# Positions of one forward pass. On a CPU what lies between two layers then stays in its cache.
BUDGETS = {"cpu": 2048, "cuda": 65536}


def compute_logits(
    model: PreTrainedModel,
    layout: Layout,
    tokens: Tokens,
    *,
    bf16: bool,
    most_texts: int | None = None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> npt.NDArray[np.float32]:
    """Logits of all texts, shape (texts, labels), in their order; they are computed in order of length.

    Windows of one text may be computed apart: the logits of the text are their mean.

    Args:
        model: in evaluation mode, on its device.
        layout: how the model takes documents.
        tokens: what it reads.
        bf16: whether it computes in bfloat16 where that does no harm.
        most_texts: how many, or how many windows, are computed at once at most.
        on_progress: is told how many texts are done.
    """
    rows = tokens.rows
    budget = max(BUDGETS[model.device.type], getattr(model, "positions_at_once", 0))
    passes = layout.divide(rows.lengths, budget)
    if most_texts is not None:
        passes = [
            each[start : start + most_texts] for each in passes for start in range(0, len(each), most_texts)
        ]
    outputs, done = [], 0
    with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=bf16):
        for indexes in passes:
            inputs = inputs_of(layout, rows, indexes)
            # They stay on the device: fetching them now would wait for it.
            outputs.append(_forward(model, inputs))
            done += len(indexes)
            on_progress(done * len(tokens) // len(rows))
        if not outputs:
            return np.zeros((0, model.config.num_labels or 0), np.float32)
        logits = torch.cat(outputs).float().cpu().numpy()
    result = np.empty_like(logits)
    result[np.concatenate(passes)] = logits
    return mean_of_windows(tokens, result)


def _forward(model: Any, inputs: dict[str, Any]) -> torch.Tensor:
    if model.device.type == "cuda":
        inputs = {name: value.pin_memory() for name, value in inputs.items()}
    logits: torch.Tensor = model(**move(inputs, model.device)).logits
    return logits
