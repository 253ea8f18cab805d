"""Give a stock classifier a forward pass without padding, where its architecture allows it."""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from core.encoding.tokens import Ids, Tokens, Types, of_rows
from core.models import attention
from core.models.attention import KEYWORD, PackedTexts
from core.models.from_scratch.classifier import FromScratchClassifier
from core.models.layouts import TYPES, Layout, Packed, Padded
from core.models.logits import compute_logits
from core.models.tokenizer import first_position
from core.upstream.transformers import (
    attention_of,
    compute_first_tokens_only,
    encoder_of,
    keep_first_tokens,
    takes_attention_functions,
)

# How far packed logits may lie from padded ones, by whether they are computed in bfloat16: a share of the
# spread between texts, which a text that sees another would exceed, and rounding for logits of size 1.
_SHARE = {False: 0.02, True: 0.2}
_ROUNDING = {False: 1e-4, True: 2e-3}
_TEXTS = 8


def choose_layout(
    model: PreTrainedModel,
    pad_id: int,
    rows: Sequence[Ids],
    *,
    bf16: bool,
    types: Sequence[Types] | None = None,
) -> tuple[Layout, str]:
    """Pack texts if the model gives the same logits for packed as for padded texts; otherwise pad them.

    Args:
        model: a classifier on its device. If texts are packed, it is changed to compute without padding.
        pad_id: token id of padding.
        rows: token ids of texts of different lengths, on which both layouts are compared.
        bf16: whether the model will compute in bfloat16.
        types: token type ids of `rows`, if they are text pairs.

    Returns:
        The layout, and why texts are padded ("" where that costs nothing, or they are packed).
    """
    knows_types = _knows_types(model)
    padded = Padded(pad_id, knows_types=knows_types)
    if isinstance(model, FromScratchClassifier):
        return padded, ""  # padding costs them next to nothing
    reason = _obstacle(model, bf16=bf16)
    if reason:
        return padded, reason
    packed = Packed(first_position(model.config), knows_types=knows_types)
    tokens = of_rows(rows, types)
    usual = attention_of(model)
    # Also compared in fp32 where it will compute in bf16, whose rounding could hide an error.
    precisions = sorted({False, bf16})
    expected = [_logits(model, padded, tokens, bf16=each) for each in precisions]
    for switch in (compute_first_tokens_only, keep_first_tokens):
        hooks: list[Any] = []
        try:
            model.set_attn_implementation(attention.NAME)
            hooks = switch(model, _firsts)
            found = [_logits(model, packed, tokens, bf16=each) for each in precisions]
            reason = next(filter(None, map(_difference, expected, found, precisions)), "")
        except Exception as error:  # noqa: BLE001 - any error means that this model cannot be packed
            reason = f"its layers cannot take packed texts ({type(error).__name__}: {str(error)[:120]})"
        if not reason:
            return packed, ""
        for hook in hooks:
            hook.remove()
        model.set_attn_implementation(usual)
    return padded, reason


def pick_parity_texts(lengths: np.ndarray[Any, np.dtype[Any]]) -> list[int]:
    """Pick up to eight texts, from the shortest to the longest, to compare the layouts on.

    Args:
        lengths: in tokens, shape (texts,).
    """
    order = np.argsort(lengths, kind="stable")
    picks = np.linspace(0, len(order) - 1, min(_TEXTS, len(order))).astype(int)
    return [int(order[pick]) for pick in dict.fromkeys(picks.tolist())]


def _obstacle(model: PreTrainedModel, *, bf16: bool) -> str:
    """Why a model certainly cannot be packed; empty where it may."""
    if not takes_attention_functions(model) or encoder_of(model) is None:
        return f"{model.config.model_type} has attention of its own"
    if (
        getattr(model.config, "is_decoder", False)
        or getattr(model.config, "position_embedding_type", "absolute") != "absolute"
    ):
        return "its positions are not absolute"
    if model.device.type == "cuda" and not bf16:
        return "packed attention on a GPU computes in bf16, and this run does not"
    return ""


def _firsts(options: dict[str, Any]) -> Tensor:
    """Positions of the first token of each text, from the keywords of a forward pass."""
    texts: PackedTexts | None = options.get(KEYWORD)
    if texts is None:
        raise RuntimeError("a packed forward pass needs to know where the texts lie")
    return texts.firsts


def _knows_types(model: PreTrainedModel) -> bool:
    """Whether a model has types for the tokens of the first and the second text of a pair."""
    kinds = getattr(model.config, "type_vocab_size", None)
    return kinds != 1 and TYPES in inspect.signature(model.forward).parameters


def _logits(model: PreTrainedModel, layout: Layout, tokens: Tokens, *, bf16: bool) -> Tensor:
    """Logits of each text, computed as a prediction computes them."""
    was_training, precision = model.training, torch.get_float32_matmul_precision()
    model.eval()  # type: ignore[no-untyped-call]
    torch.set_float32_matmul_precision("highest")  # the rounding of TF32 would be compared too
    try:
        return torch.from_numpy(compute_logits(model, layout, tokens, bf16=bf16))
    finally:
        torch.set_float32_matmul_precision(precision)
        model.train(was_training)


def _difference(expected: Tensor, found: Tensor, bf16: bool) -> str:
    """Why `found` is not within the tolerance of `expected`; empty where it is."""
    spread = float((expected - expected.mean(0)).abs().max())
    rounding = _ROUNDING[bf16] * max(1.0, float(expected.abs().max()))
    apart = float((expected - found).abs().max())
    if apart <= _SHARE[bf16] * spread + rounding:
        return ""
    return f"its packed logits differ from its padded ones by {apart:.2g}"
