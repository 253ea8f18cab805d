"""Attention within packed texts: they lie end to end in one row, and no token sees another text."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from core.upstream.transformers import OTHER_ATTENTION

NAME = "packed_texts"
"""The name of `attend` in transformers' `AttentionInterface`."""
KEYWORD = "packed_texts"
"""The keyword of a forward pass that carries `PackedTexts`."""

# Texts of up to so many tokens are padded for one call of the kernel.
_SHORT = 128

# The variable-length kernel supports these types only.
_KERNEL_TYPES = (torch.bfloat16, torch.float16)


@dataclass(frozen=True)
class PackedTexts:
    """Where the texts of a packed row lie.

    Attributes:
        sizes: (number of texts, length in tokens) of each run of equally long texts, on the host.
        offsets: int32, shape (texts + 1,): the first token of each text, and the end of the last.
        longest: length in tokens of the longest text.
        tokens: number of tokens of all texts.
    """

    sizes: tuple[tuple[int, int], ...]
    offsets: Tensor
    longest: int
    tokens: int  # not computed from `sizes`: a compiled layer would be specialised on their number

    @classmethod
    def of(cls, lengths: npt.NDArray[np.integer[Any]]) -> Self:
        """Pack texts of these lengths in tokens, in this order.

        Raises:
            ValueError: a text has no tokens.
        """
        if lengths.min() < 1:
            raise ValueError("a text without tokens would be read as the next one")
        offsets = np.zeros(len(lengths) + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        borders = [0, *(np.flatnonzero(np.diff(lengths)) + 1).tolist(), len(lengths)]
        sizes = tuple((end - start, int(lengths[start])) for start, end in pairwise(borders))
        return cls(sizes, torch.from_numpy(offsets), int(lengths.max()), int(lengths.sum()))

    @property
    def is_one(self) -> bool:
        """Whether the row holds a single text."""
        return self.longest == self.tokens

    @property
    def are_short(self) -> bool:
        """Whether padding the texts costs less than one call for each run of equally long texts."""
        return len(self.sizes) > 1 and self.longest <= _SHORT

    @cached_property
    def grid(self) -> tuple[Tensor, Tensor, Tensor]:
        """The texts side by side, padded to the longest.

        Returns:
            The token at each place of the grid, shape (texts * longest,); the place of each token, shape
            (tokens,); whether a place holds a token, shape (texts, longest).
        """
        starts, ends = self.offsets[:-1, None].long(), self.offsets[1:, None].long()
        places = starts + torch.arange(self.longest, device=starts.device)
        is_token = places < ends
        tokens = is_token.flatten().nonzero()[:, 0]
        return torch.where(is_token, places, starts).flatten(), tokens, is_token

    @property
    def firsts(self) -> Tensor:
        """Position of the first token of each text, shape (texts,)."""
        return self.offsets[:-1].long()

    def to(self, device: torch.device, *, non_blocking: bool = False) -> Self:
        """A copy on `device`."""
        return replace(self, offsets=self.offsets.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """A copy in page-locked memory."""
        return replace(self, offsets=self.offsets.pin_memory())


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
    """Attention function for `AttentionInterface`: each token sees the tokens of its own text.

    Args:
        module: the attention layer.
        query: shape (1, heads, tokens, width), as are `key` and `value`.
        key: as `query`.
        value: as `query`.
        attention_mask: None.
        scaling: of the scores; one over the root of the width by default.
        dropout: probability of dropping an attention weight.
        packed_texts: where the texts lie.
        options: further options of the model's attention.

    Returns:
        The output, shape (1, tokens, heads, width), and None for the attention weights.

    Raises:
        RuntimeError: `packed_texts` is missing or does not fit, or the model needs another kind of attention.
            Without this error tokens would silently see other texts.
    """
    if packed_texts is None:
        raise RuntimeError("packed attention needs to know where the texts lie")
    other = [name for name in OTHER_ATTENTION if options.get(name) is not None]
    is_causal = options.get("is_causal") or getattr(module, "is_causal", False)
    if other or attention_mask is not None or is_causal:
        raise RuntimeError(f"packed attention has no {', '.join(other) or 'mask'}")
    if query.shape[2] != packed_texts.tokens:
        raise RuntimeError(f"there are {query.shape[2]} tokens, and texts of {packed_texts.tokens}")
    if _has_kernel(query, dropout):
        return _by_kernel(query[0], key[0], value[0], packed_texts, scaling)[None], None
    if packed_texts.is_one:
        output = scaled_dot_product_attention(query, key, value, dropout_p=dropout, scale=scaling)
        return output.transpose(1, 2), None
    query, key, value = query[0], key[0], value[0]
    if packed_texts.are_short:
        return _side_by_side(query, key, value, packed_texts, scaling, dropout)[None], None
    return _by_runs(query, key, value, packed_texts, scaling, dropout)[None], None


def _has_kernel(query: Tensor, dropout: float) -> bool:
    return query.is_cuda and query.dtype in _KERNEL_TYPES and not dropout


def _by_kernel(
    query: Tensor, key: Tensor, value: Tensor, texts: PackedTexts, scaling: float | None
) -> Tensor:
    """One call of PyTorch's flash attention for texts of different lengths."""
    from torch.nn.attention.varlen import varlen_attn

    offsets, longest = texts.offsets, texts.longest
    found = varlen_attn(
        query.transpose(0, 1),
        key.transpose(0, 1),
        value.transpose(0, 1),
        offsets,
        offsets,
        longest,
        longest,
        scale=scaling,
    )
    assert isinstance(found, Tensor)
    return found


def _by_runs(
    query: Tensor, key: Tensor, value: Tensor, texts: PackedTexts, scaling: float | None, dropout: float
) -> Tensor:
    """One call for each run of equally long texts, without a mask."""
    # Splitting once is faster than slicing: the gradient of each slice would have the size of the whole.
    # Along the tokens, as they lie in memory, gradients are joined without being rearranged.
    widths = [count * length for count, length in texts.sizes]
    rows = (tensor.transpose(0, 1).split_with_sizes(widths) for tensor in (query, key, value))
    outputs = []
    for size, *parts in zip(texts.sizes, *rows, strict=True):
        # (count * length, heads, width) to (count, heads, length, width)
        q, k, v = (part.unflatten(0, size).transpose(1, 2) for part in parts)
        output = scaled_dot_product_attention(q, k, v, dropout_p=dropout, scale=scaling)
        outputs.append(output.transpose(1, 2).flatten(0, 1))
    return torch.cat(outputs) if len(outputs) > 1 else outputs[0]


def _side_by_side(
    query: Tensor, key: Tensor, value: Tensor, texts: PackedTexts, scaling: float | None, dropout: float
) -> Tensor:
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
    mask = is_token[:, None, None]
    output = scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout, scale=scaling)
    return output.transpose(1, 2).flatten(0, 1).index_select(0, tokens)


AttentionInterface.register(NAME, attend)
