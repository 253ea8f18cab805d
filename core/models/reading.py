"""How a model reads texts: the rows of each are its inputs, and its windows have logits in common."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.encoding.tokens import Numbers, Tokens
from core.models.layouts import Layout

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
