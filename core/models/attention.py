"""Attention within documents that lie end to end in one row, none seeing another."""

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

NAME = "within_documents"
KEYWORD = "documents"

# Length in tokens up to which documents are padded for one call.
_SHORT = 128

# The kernel for documents of any lengths computes in these only.
_KERNEL_TYPES = (torch.bfloat16, torch.float16)


@dataclass(frozen=True)
class Documents:
    """Where the documents of a packed row lie.

    Attributes:
        sizes: (documents, length in tokens) of each run of equally long documents, on the host.
        offsets: int32, shape (documents + 1,): the first token of each document, and the end.
        longest: length in tokens of the longest document.
        tokens: how many tokens they have in all.
    """

    sizes: tuple[tuple[int, int], ...]
    offsets: Tensor
    longest: int
    tokens: int  # not counted from `sizes`: what is compiled would be for so many sizes only

    @classmethod
    def of(cls, lengths: npt.NDArray[np.integer[Any]]) -> Self:
        """Documents of these lengths in tokens, one after the other, each of one at least."""
        if lengths.min() < 1:
            raise ValueError("a document without tokens would be read as the next one")
        offsets = np.zeros(len(lengths) + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        borders = [0, *(np.flatnonzero(np.diff(lengths)) + 1).tolist(), len(lengths)]
        sizes = tuple((end - start, int(lengths[start])) for start, end in pairwise(borders))
        return cls(sizes, torch.from_numpy(offsets), int(lengths.max()), int(lengths.sum()))

    @property
    def is_one(self) -> bool:
        """Whether one document has the row to itself."""
        return self.longest == self.tokens

    @property
    def are_short(self) -> bool:
        """Whether padding them costs less than attending to runs of them one after the other."""
        return len(self.sizes) > 1 and self.longest <= _SHORT

    @cached_property
    def grid(self) -> tuple[Tensor, Tensor, Tensor]:
        """The documents side by side, the longest first.

        Returns:
            The token at each place of the grid, shape (documents * longest,); the place of each token, shape
            (tokens,); and whether there is a token at a place, shape (documents, longest).
        """
        starts, ends = self.offsets[:-1, None].long(), self.offsets[1:, None].long()
        places = starts + torch.arange(self.longest, device=starts.device)
        is_token = places < ends
        tokens = is_token.flatten().nonzero()[:, 0]
        return torch.where(is_token, places, starts).flatten(), tokens, is_token

    @property
    def firsts(self) -> Tensor:
        """Position of the first token of each document, shape (documents,)."""
        return self.offsets[:-1].long()

    def to(self, device: torch.device, *, non_blocking: bool = False) -> Self:
        """The same on `device`."""
        return replace(self, offsets=self.offsets.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """The same in memory that a GPU can read by itself."""
        return replace(self, offsets=self.offsets.pin_memory())


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    documents: Documents | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """Attention for `AttentionInterface`: each token sees the tokens of its own document.

    Args:
        module: the attention layer.
        query: shape (1, heads, tokens, width), as are `key` and `value`.
        key: as `query`.
        value: as `query`.
        attention_mask: None; the documents say it all.
        scaling: of the scores; by default one over the root of the width.
        dropout: of the attention probabilities.
        documents: where the documents lie.
        options: what the model says of its attention besides.

    Returns:
        The output, shape (1, tokens, heads, width), and no attention probabilities.

    Raises:
        RuntimeError: it is not said where the documents lie, or the model asks for attention of another kind:
            every token would silently see what it should not.
    """
    if documents is None:
        raise RuntimeError("attention within documents needs to know where the documents lie")
    other = [name for name in _UNKNOWN if options.get(name) is not None]
    is_causal = options.get("is_causal") or getattr(module, "is_causal", False)
    if other or attention_mask is not None or is_causal:
        raise RuntimeError(f"attention within documents has no {', '.join(other) or 'mask'}")
    if query.shape[2] != documents.tokens:
        raise RuntimeError(f"there are {query.shape[2]} tokens, and documents of {documents.tokens}")
    if _has_kernel(query, dropout):
        return _by_kernel(query[0], key[0], value[0], documents, scaling)[None], None
    if documents.is_one:
        output = scaled_dot_product_attention(query, key, value, dropout_p=dropout, scale=scaling)
        return output.transpose(1, 2), None
    query, key, value = query[0], key[0], value[0]
    if documents.are_short:
        return _side_by_side(query, key, value, documents, scaling, dropout)[None], None
    return _by_runs(query, key, value, documents, scaling, dropout)[None], None


# Options that change who sees whom, or how much.
_UNKNOWN = ("sliding_window", "position_bias", "softcap", "s_aux", "head_mask", "cu_seq_lens_q")


def _has_kernel(query: Tensor, dropout: float) -> bool:
    return query.is_cuda and query.dtype in _KERNEL_TYPES and not dropout


def _by_kernel(
    query: Tensor, key: Tensor, value: Tensor, documents: Documents, scaling: float | None
) -> Tensor:
    """One call of the flash attention kernel that PyTorch has for documents of any lengths."""
    from torch.nn.attention.varlen import varlen_attn

    offsets, longest = documents.offsets, documents.longest
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
    query: Tensor, key: Tensor, value: Tensor, documents: Documents, scaling: float | None, dropout: float
) -> Tensor:
    """One call for each run of equally long documents, which need no mask."""
    # Splitting once is quicker than slicing: the gradient of each slice would have the size of the whole. And
    # along the tokens, as they lie one after the other, gradients are joined without being rearranged.
    widths = [count * length for count, length in documents.sizes]
    rows = (tensor.transpose(0, 1).split_with_sizes(widths) for tensor in (query, key, value))
    outputs = []
    for size, *parts in zip(documents.sizes, *rows, strict=True):
        # (count * length, heads, width) to (count, heads, length, width)
        q, k, v = (part.unflatten(0, size).transpose(1, 2) for part in parts)
        output = scaled_dot_product_attention(q, k, v, dropout_p=dropout, scale=scaling)
        outputs.append(output.transpose(1, 2).flatten(0, 1))
    return torch.cat(outputs) if len(outputs) > 1 else outputs[0]


def _side_by_side(
    query: Tensor, key: Tensor, value: Tensor, documents: Documents, scaling: float | None, dropout: float
) -> Tensor:
    """One call for all documents, padded as long as it lasts: for short ones calls cost more than padding."""
    places, tokens, is_token = documents.grid
    count, longest = is_token.shape
    q, k, v = (
        # (heads, tokens, width) to (documents, heads, longest, width)
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
