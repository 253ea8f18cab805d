"""compute_logits: the one loop by which evaluation and prediction ask a classifier."""

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers.modeling_utils import PreTrainedModel

from core.devices.memory import free_unused_memory, is_out_of_memory
from core.encoding.tokens import Numbers, Tokens
from core.models.layouts import Indexes, Layout, Lengths, move
from core.problems import Problem

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

    Raises:
        Problem: a text does not fit into memory, not even by itself.
    """
    rows = tokens.rows
    budget = max(BUDGETS[model.device.type], getattr(model, "positions_at_once", 0))
    divided = layout.divide(rows.lengths, budget)
    if most_texts is not None:
        divided = [
            each[start : start + most_texts] for each in divided for start in range(0, len(each), most_texts)
        ]
    passes = deque(divided)
    outputs, finished, done = [], [], 0
    with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=bf16):
        while passes:
            inputs = inputs_of(layout, rows, passes[0])
            # They stay on the device: fetching them now would wait for it.
            output = _forward(model, inputs)
            if output is None:
                passes = _halved(passes, rows.lengths)
                continue
            outputs.append(output)
            finished.append(passes.popleft())
            done += len(finished[-1])
            on_progress(done * len(tokens) // len(rows))
        if not outputs:
            return np.zeros((0, model.config.num_labels or 0), np.float32)
        logits = torch.cat(outputs).float().cpu().numpy()
    result = np.empty_like(logits)
    result[np.concatenate(finished)] = logits
    return mean_of_windows(tokens, result)


def _forward(model: Any, inputs: dict[str, Any]) -> torch.Tensor | None:
    """Logits, shape (texts, labels); None where memory ran out."""
    try:
        if model.device.type == "cuda":
            inputs = {name: value.pin_memory() for name, value in inputs.items()}
        logits: torch.Tensor = model(**move(inputs, model.device)).logits
        return logits
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    free_unused_memory()
    return None


def _halved(passes: deque[Indexes], lengths: Lengths) -> deque[Indexes]:
    """The passes in two each: those that come would find no more room than the first one.

    Raises:
        Problem: a single text finds none.
    """
    if len(passes[0]) == 1:
        raise Problem(
            f"a text of {int(lengths[passes[0][0]])} tokens does not fit into memory",
            mend="Make room, lower --max-length, or choose a smaller --model.",
        )
    return deque(half for each in passes for half in np.array_split(each, 2) if len(half))


# Beside the inputs of a model, where texts have windows: how many each has, int64, shape (texts,).
WINDOWS = "windows"


def inputs_of(layout: Layout, tokens: Tokens, texts: Numbers) -> dict[str, Any]:
    """Inputs of one pass for `texts`, which are numbers of texts, the longest first."""
    numbers = tokens.rows_of(texts)
    inputs = layout.inputs([tokens[number] for number in numbers], tokens.types_of(numbers))
    if tokens.firsts is not None:
        inputs[WINDOWS] = torch.from_numpy(tokens.firsts[texts + 1] - tokens.firsts[texts])
    return inputs


def logits_of(model: Any, inputs: dict[str, Any]) -> Tensor:
    """Logits of the texts of a pass, shape (texts, labels): of each the mean of those of its windows.

    Args:
        model: a classifier, on the device of the inputs.
        inputs: as `inputs_of` makes them.
    """
    if WINDOWS not in inputs:
        logits: Tensor = model(**inputs).logits
        return logits
    inputs = dict(inputs)
    windows = inputs.pop(WINDOWS)
    # Without a check of the counts, which would have to wait for the device.
    means: Tensor = torch.segment_reduce(model(**inputs).logits.float(), "mean", lengths=windows, unsafe=True)
    return means


def mean_of_windows(tokens: Tokens, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The logits of the texts, shape (texts, labels), from those of their rows, shape (rows, labels)."""
    if tokens.firsts is None or not len(tokens):
        return logits
    sums = np.add.reduceat(logits, tokens.firsts[:-1])
    return (sums / np.diff(tokens.firsts)[:, None]).astype(np.float32)
