"""Attention within packed texts: no token sees another text."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from core.models.packed.texts import PackedTexts
from core.upstream.transformers import OTHER_ATTENTION

NAME = "packed_texts"
"""The name of `attend` in transformers' `AttentionInterface`."""
KEYWORD = "packed_texts"
"""The keyword of a forward pass that carries `PackedTexts`."""

# The variable-length kernel supports these types only.
_KERNEL_TYPES = (torch.bfloat16, torch.float16)


@dataclass(frozen=True)
class _Rule:
    """Which tokens of its text a token sees, and how scores are computed.

    Attributes:
        is_causal: it sees no later token.
        window: it sees tokens that are fewer than `window` positions away; None is no limit.
        scaling: of the scores; None is one over the root of the width.
        dropout: probability of dropping an attention weight.
    """

    is_causal: bool
    window: int | None
    scaling: float | None
    dropout: float

    def cuts(self, longest: int) -> bool:
        """Whether the window hides anything in texts of up to `longest` tokens."""
        return self.window is not None and longest > self.window

    def band(self, longest: int, device: torch.device) -> Tensor:
        """Whether a token (row) sees another (column), bool, shape (longest, longest)."""
        places = torch.arange(longest, device=device)
        distance = places[:, None] - places
        window = longest if self.window is None else self.window
        seen = distance.abs() < window
        return seen & (distance >= 0) if self.is_causal else seen


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    packed_texts: PackedTexts | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """Attention function for `AttentionInterface`: each token sees tokens of its own text only.

    Args:
        module: the attention layer.
        query: shape (1, heads, tokens, width).
        key: shape (1, heads or a divisor of them, tokens, width).
        value: as `key`.
        attention_mask: None.
        scaling: of the scores; one over the root of the width by default.
        dropout: probability of dropping an attention weight.
        packed_texts: where the texts lie.
        options: further options of the model's attention; `sliding_window` and `is_causal` are understood.

    Returns:
        The output, shape (1, tokens, heads, width), and None for the attention weights.

    Raises:
        RuntimeError: `packed_texts` is missing or does not fit, or the model needs another kind of attention.
            Without this error tokens would silently see other texts.
    """
    if packed_texts is None:
        raise RuntimeError("packed attention needs to know where the texts lie")
    other = [name for name in OTHER_ATTENTION if options.get(name) is not None]
    if other or attention_mask is not None:
        raise RuntimeError(f"packed attention has no {', '.join(other) or 'mask'}")
    if query.shape[2] != packed_texts.tokens:
        raise RuntimeError(f"there are {query.shape[2]} tokens, and texts of {packed_texts.tokens}")
    is_causal = options.get("is_causal")
    if is_causal is None:
        is_causal = getattr(module, "is_causal", False)
    rule = _Rule(bool(is_causal), options.get("sliding_window"), scaling, dropout)
    q, k, v = query[0], key[0], value[0]
    if _has_kernel(query, dropout):
        return _by_kernel(q, k, v, packed_texts, rule)[None], None
    if packed_texts.are_short:
        return _side_by_side(q, k, v, packed_texts, rule)[None], None
    return _by_runs(q, k, v, packed_texts, rule)[None], None


def _has_kernel(query: Tensor, dropout: float) -> bool:
    return query.is_cuda and query.dtype in _KERNEL_TYPES and not dropout


def _by_kernel(query: Tensor, key: Tensor, value: Tensor, texts: PackedTexts, rule: _Rule) -> Tensor:
    """One call of PyTorch's flash attention for texts of different lengths."""
    from torch.nn.attention.varlen import varlen_attn

    reach = rule.window - 1 if rule.window is not None and rule.cuts(texts.longest) else -1
    found = varlen_attn(
        query.transpose(0, 1),
        key.transpose(0, 1),
        value.transpose(0, 1),
        texts.offsets,
        texts.offsets,
        texts.longest,
        texts.longest,
        scale=rule.scaling,
        window_size=(reach, 0 if rule.is_causal else reach),
        enable_gqa=query.shape[0] != key.shape[0],
    )
    assert isinstance(found, Tensor)
    return found


def _by_runs(query: Tensor, key: Tensor, value: Tensor, texts: PackedTexts, rule: _Rule) -> Tensor:
    """One call for each run of equally long texts, without padding."""
    # Splitting once is faster than slicing: the gradient of each slice would have the size of the whole.
    # Along the tokens, as they lie in memory, gradients are joined without being rearranged.
    widths = [count * length for count, length in texts.sizes]
    rows = (tensor.transpose(0, 1).split_with_sizes(widths) for tensor in (query, key, value))
    outputs = []
    for size, *parts in zip(texts.sizes, *rows, strict=True):
        # (count * length, heads, width) to (count, heads, length, width)
        q, k, v = (part.unflatten(0, size).transpose(1, 2) for part in parts)
        mask = rule.band(size[1], q.device) if rule.cuts(size[1]) else None
        output = _attention(q, k, v, mask, rule)
        outputs.append(output.transpose(1, 2).flatten(0, 1))
    return torch.cat(outputs) if len(outputs) > 1 else outputs[0]


def _side_by_side(query: Tensor, key: Tensor, value: Tensor, texts: PackedTexts, rule: _Rule) -> Tensor:
    """One call for all texts, padded within attention: for short texts calls cost more than padding."""
    places, tokens, is_token = texts.grid
    count, longest = is_token.shape
    q, k, v = (
        # (heads, tokens, width) to (texts, heads, longest, width)
        tensor.transpose(0, 1)
        .index_select(0, places)
        .view(count, longest, *tensor.shape[::2])
        .transpose(1, 2)
        for tensor in (query, key, value)
    )
    mask: Tensor | None = is_token[:, None, None]
    if rule.cuts(longest):
        mask = is_token[:, None, None] & rule.band(longest, q.device)
        # A place without a token sees itself: a softmax over nothing has no gradient.
        mask = mask | torch.eye(longest, dtype=torch.bool, device=q.device)
    elif rule.is_causal:
        mask = None  # padding comes later than every token
    output = _attention(q, k, v, mask, rule)
    return output.transpose(1, 2).flatten(0, 1).index_select(0, tokens)


def _attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, rule: _Rule) -> Tensor:
    """Attention of texts side by side, shape (texts, heads, length, width). A mask is causal itself."""
    return scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=mask,
        dropout_p=rule.dropout,
        is_causal=rule.is_causal and mask is None and query.shape[2] > 1,
        scale=rule.scaling,
        enable_gqa=query.shape[1] != key.shape[1],
    )


AttentionInterface.register(NAME, attend)
