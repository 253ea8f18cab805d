"""Compute the logits of texts. Evaluation and prediction share one loop."""

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import PreTrainedModel

from core.devices.memory import free_unused_memory, is_out_of_memory
from core.encoding.tokens import Numbers, Tokens
from core.models.packed.layouts import Indexes, Layout, Lengths, move
from core.problems import Problem
from core.upstream.torch import mean_of_segments

# Token budget of one micro-batch. On a CPU the activations between two layers then stay in its cache.
BUDGETS = {"cpu": 2048, "cuda": 65536}

# Key beside a model's inputs for texts with windows: the number of windows of each, int64, shape (texts,).
WINDOWS = "windows"


def compute_logits(
    model: PreTrainedModel,
    layout: Layout,
    tokens: Tokens,
    *,
    bf16: bool,
    most_texts: int | None = None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> npt.NDArray[np.float32]:
    """Logits of all texts, shape (texts, labels), in the order of `tokens`.

    Texts are computed in order of length, the longest first. The windows of one text may be computed apart;
    its logits are their mean.

    Args:
        model: in evaluation mode, on its device.
        layout: input layout, packed or padded.
        tokens: the encoded texts.
        bf16: whether to autocast to bfloat16.
        most_texts: the most texts, or windows, of one micro-batch.
        on_progress: called with the number of texts that are done.

    Raises:
        Problem: a single text does not fit into memory.
    """
    rows = tokens.rows
    budget = max(BUDGETS[model.device.type], getattr(model, "positions_at_once", 0))
    divided = layout.divide(rows.lengths, budget)
    if most_texts is not None:
        divided = [
            each[start : start + most_texts] for each in divided for start in range(0, len(each), most_texts)
        ]
    waiting = deque(divided)
    outputs, finished, done = [], [], 0
    with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=bf16):
        while waiting:
            # Outputs stay on the device: copying them now would wait for it.
            output = _forward(model, inputs_of(layout, rows, waiting[0]))
            if output is None:
                waiting = _halved(waiting, rows.lengths)
                continue
            outputs.append(output)
            finished.append(waiting.popleft())
            done += len(finished[-1])
            on_progress(done * len(tokens) // len(rows))
        if not outputs:
            return np.zeros((0, model.config.num_labels or 0), np.float32)
        logits = torch.cat(outputs).float().cpu().numpy()
    result = np.empty_like(logits)
    result[np.concatenate(finished)] = logits
    return mean_of_windows(tokens, result)


def _forward(model: Any, inputs: dict[str, Any]) -> Tensor | None:
    """Logits, shape (texts, labels); None where memory runs out."""
    try:
        if model.device.type == "cuda":
            inputs = {name: value.pin_memory() for name, value in inputs.items()}
        logits: Tensor = model(**move(inputs, model.device)).logits
        return logits
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    free_unused_memory()
    return None


def _halved(waiting: deque[Indexes], lengths: Lengths) -> deque[Indexes]:
    """Halve all micro-batches: the later ones would run out of memory as the first one did.

    Raises:
        Problem: the first one is a single text.
    """
    if len(waiting[0]) == 1:
        raise Problem(
            f"a text of {int(lengths[waiting[0][0]])} tokens does not fit into memory",
            mend="Free some memory, lower --max-length, or choose a smaller --model.",
        )
    return deque(half for each in waiting for half in np.array_split(each, 2) if len(half))


def inputs_of(layout: Layout, tokens: Tokens, texts: Numbers) -> dict[str, Any]:
    """Inputs of one micro-batch.

    Args:
        layout: input layout, packed or padded.
        tokens: the encoded texts.
        texts: indexes of the texts of the micro-batch, the longest first.
    """
    numbers = tokens.rows_of(texts)
    inputs = layout.inputs([tokens[number] for number in numbers], tokens.types_of(numbers))
    if tokens.firsts is not None:
        inputs[WINDOWS] = torch.from_numpy(tokens.firsts[texts + 1] - tokens.firsts[texts])
    return inputs


def logits_of(model: Any, inputs: dict[str, Any]) -> Tensor:
    """Logits of the texts of a micro-batch, shape (texts, labels): the mean over the windows of each.

    Args:
        model: a classifier on the device of `inputs`.
        inputs: from `inputs_of`.
    """
    if WINDOWS not in inputs:
        logits: Tensor = model(**inputs).logits
        return logits
    inputs = dict(inputs)
    windows = inputs.pop(WINDOWS)
    return mean_of_segments(model(**inputs).logits.float(), windows)


def mean_of_windows(tokens: Tokens, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Average the logits of the rows, shape (rows, labels), to those of the texts, shape (texts, labels)."""
    if tokens.firsts is None or not len(tokens):
        return logits
    sums = np.add.reduceat(logits, tokens.firsts[:-1])
    return (sums / np.diff(tokens.firsts)[:, None]).astype(np.float32)
