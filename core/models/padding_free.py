"""Give a stock classifier a forward pass without padding, where its architecture can take it."""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers.modeling_utils import PreTrainedModel

from core.encoding.tokens import Ids, Tokens, Types, of_rows
from core.models import attention
from core.models.attention import KEYWORD, Documents
from core.models.from_scratch.classifier import FromScratchClassifier
from core.models.layouts import TYPES, Layout, Packed, Padded
from core.models.loading import first_position
from core.models.logits import compute_logits

# How far logits of the two roads may lie apart: a share of how far those of different texts do, which is what
# a text would change that is seen by another; and what rounding may add, for logits of size one.
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
    """Pack documents where the model can and does take them; otherwise they are padded.

    Args:
        model: a classifier on its device; where it can, it computes without padding from now on.
        pad_id: token id of padding.
        rows: token ids of texts of different lengths, on which both roads are compared.
        bf16: whether it will compute in bfloat16.
        types: of the tokens of `rows`, where these are pairs of texts.

    Returns:
        The layout, and why it is slower than it could be ("" where it is not).
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
    usual = model.config._attn_implementation
    # Also in fp32 where it will compute in bf16, whose rounding could hide much.
    precisions = sorted({False, bf16})
    expected = [_logits(model, padded, tokens, bf16=each) for each in precisions]
    for switch in (_switch_narrowing, _switch):
        hooks: list[Any] = []
        try:
            hooks = switch(model)
            found = [_logits(model, packed, tokens, bf16=each) for each in precisions]
            reason = next(filter(None, map(_difference, expected, found, precisions)), "")
        except Exception as error:  # noqa: BLE001 - whatever it was, this model cannot; that is the answer
            reason = f"its layers cannot take packed texts ({type(error).__name__}: {str(error)[:120]})"
        if not reason:
            return packed, ""
        for hook in hooks:
            hook.remove()
        model.set_attn_implementation(usual)
    return padded, reason


def pick_parity_texts(lengths: np.ndarray[Any, np.dtype[Any]]) -> list[int]:
    """Up to eight texts, from the shortest to the longest, on which the two roads can be compared."""
    order = np.argsort(lengths, kind="stable")
    picks = np.linspace(0, len(order) - 1, min(_TEXTS, len(order))).astype(int)
    return [int(order[pick]) for pick in dict.fromkeys(picks.tolist())]


def _obstacle(model: PreTrainedModel, *, bf16: bool) -> str:
    """Why a model certainly cannot be packed."""
    if not getattr(model, "_supports_attention_backend", False) or encoder_of(model) is None:
        return f"{model.config.model_type} has attention of its own"
    if (
        getattr(model.config, "is_decoder", False)
        or getattr(model.config, "position_embedding_type", "absolute") != "absolute"
    ):
        return "its positions are not absolute"
    if model.device.type == "cuda" and not bf16:
        return "packed attention on a GPU computes in bf16, and this run does not"
    return ""


def _switch(model: PreTrainedModel) -> list[Any]:
    """Switch attention, and give to the head no more than the first token of each document."""
    model.set_attn_implementation(attention.NAME)

    def pool(module: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> Any:
        states = output.last_hidden_state
        output.last_hidden_state = states[0, _documents(kwargs).firsts].unsqueeze(1)
        return output

    return [encoder_of(model).register_forward_hook(pool, with_kwargs=True)]  # type: ignore[union-attr]


def _switch_narrowing(model: PreTrainedModel) -> list[Any]:
    """As `_switch`; and behind its attention the last layer computes only those first tokens, as all that
    is read of it: in MiniLM an eighth of the work.
    """
    trunk: Any = encoder_of(model)
    last = trunk.layer[-1]
    attended = last.attention.output
    model.set_attn_implementation(attention.NAME)
    current: list[Documents] = []

    def remember(module: nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        current[:] = [_documents(kwargs)]

    def narrow(module: nn.Module, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        # What attention gives and what goes around it, both of shape (1, tokens, width).
        firsts = current[0].firsts
        return tuple(state[:, firsts] for state in states)

    def pool(module: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> Any:
        output.last_hidden_state = output.last_hidden_state.transpose(0, 1)
        return output

    return [
        last.register_forward_pre_hook(remember, with_kwargs=True),
        attended.register_forward_pre_hook(narrow),
        trunk.register_forward_hook(pool, with_kwargs=True),
    ]


def _documents(options: dict[str, Any]) -> Documents:
    documents: Documents | None = options.get(KEYWORD)
    if documents is None:
        raise RuntimeError("a packed forward pass needs to know where the documents lie")
    return documents


def encoder_of(model: PreTrainedModel) -> nn.Module | None:
    """The stack of layers: its output is what the head pools."""
    base: Any = model.base_model
    return getattr(base, "encoder", None) or getattr(base, "transformer", None)


def _knows_types(model: PreTrainedModel) -> bool:
    """Whether a model tells the tokens of two texts apart by their types."""
    kinds = getattr(model.config, "type_vocab_size", None)
    return kinds != 1 and TYPES in inspect.signature(model.forward).parameters


def _logits(model: PreTrainedModel, layout: Layout, tokens: Tokens, *, bf16: bool) -> Tensor:
    """Logits of each text, in the order of `tokens`, as a prediction would compute them."""
    was_training, precision = model.training, torch.get_float32_matmul_precision()
    model.eval()  # type: ignore[no-untyped-call]
    torch.set_float32_matmul_precision("highest")  # TF32 would round, too
    try:
        return torch.from_numpy(compute_logits(model, layout, tokens, bf16=bf16))
    finally:
        torch.set_float32_matmul_precision(precision)
        model.train(was_training)


def _difference(expected: Tensor, found: Tensor, bf16: bool) -> str:
    spread = float((expected - expected.mean(0)).abs().max())
    rounding = _ROUNDING[bf16] * max(1.0, float(expected.abs().max()))
    apart = float((expected - found).abs().max())
    if apart <= _SHARE[bf16] * spread + rounding:
        return ""
    return f"its packed logits differ from its padded ones by {apart:.2g}"
