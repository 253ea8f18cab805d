"""Whether a classifier gives the same logits and gradients in two layouts of its texts."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from core.devices.memory import is_out_of_memory
from core.encoding.tokens import Tokens
from core.models.logits import compute_logits, inputs_of
from core.models.packed.layouts import Layout, move
from core.upstream.transformers import layers_of

# How far packed values may lie from padded ones, by whether they are computed in bfloat16: a share of the
# spread between texts, which a text that sees another would exceed, and rounding for values of size 1.
_SHARE = {False: 0.02, True: 0.2}
_ROUNDING = {False: 1e-4, True: 2e-3}
_TEXTS = 8
_TEXTS_OF_GRADIENTS = 4


def pick_parity_texts(lengths: np.ndarray[Any, np.dtype[Any]]) -> list[int]:
    """Pick up to eight texts, from the shortest to the longest, to compare the layouts on.

    Args:
        lengths: in tokens, shape (texts,).
    """
    order = np.argsort(lengths, kind="stable")
    picks = np.linspace(0, len(order) - 1, min(_TEXTS, len(order))).astype(int)
    return [int(order[pick]) for pick in dict.fromkeys(picks.tolist())]


# By what they are, and whether they were computed in bfloat16: logits, shape (texts, labels), or gradients,
# shape (parameters of the first layer,).
Values = dict[tuple[str, bool], Tensor]


def measure(model: PreTrainedModel, layout: Layout, tokens: Tokens, *, bf16: bool, trains: bool) -> Values:
    """Logits of all texts, also in fp32 where bf16 would hide an error; and gradients of some."""
    found: Values = {}
    with _as_predicting(model):
        for precision in sorted({False, bf16}):
            logits = torch.from_numpy(compute_logits(model, layout, tokens, bf16=precision))
            found["logits", precision] = logits
        if trains and (gradients := _gradients(model, layout, tokens, bf16=bf16)) is not None:
            found["gradients", bf16] = gradients
    return found


@contextlib.contextmanager
def _as_predicting(model: PreTrainedModel) -> Iterator[None]:
    """Within this context there is no dropout, and no rounding of TF32, which would be compared too."""
    was_training, precision = model.training, torch.get_float32_matmul_precision()
    model.eval()  # type: ignore[no-untyped-call]
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(precision)
        model.train(was_training)


def _gradients(model: Any, layout: Layout, tokens: Tokens, *, bf16: bool) -> Tensor | None:
    """Gradients of the first layer for the four shortest texts, in a row; None where none of it is trained.

    None also where memory does not suffice: what it suffices for is found out next.
    """
    layers = layers_of(model)
    first = [each for each in layers[0].parameters() if each.requires_grad] if layers else []
    if not first:
        return None
    texts = np.argsort(-tokens.lengths, kind="stable")[-_TEXTS_OF_GRADIENTS:]
    try:
        with torch.autocast(model.device.type, torch.bfloat16, enabled=bf16):
            logits: Tensor = model(**move(inputs_of(layout, tokens, texts), model.device)).logits.float()
        # Each text pulls the logits its own way, so that their gradients do not cancel out.
        pulls = torch.linspace(-1, 1, logits.numel(), device=logits.device).view_as(logits)
        found = torch.autograd.grad((logits * pulls).sum(), first, allow_unused=True)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return None
    return torch.cat([each.float().flatten() for each in found if each is not None])


def difference(expected: Values, found: Values) -> str:
    """Why `found` is not within the tolerance of `expected`; empty where it is."""
    for (what, bf16), values in expected.items():
        if (what, bf16) not in found:
            continue
        largest = float(values.abs().max())
        spread = float((values - values.mean(0)).abs().max()) if what == "logits" else largest
        rounding = _ROUNDING[bf16] * (max(1.0, largest) if what == "logits" else largest)
        apart = float((values - found[what, bf16]).abs().max())
        if not apart <= _SHARE[bf16] * spread + rounding:
            return f"its packed {what} differ from its padded ones by {apart:.2g}"
    return ""
