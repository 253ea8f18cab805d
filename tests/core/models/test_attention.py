"""Packed attention equals the attention of each text alone. Unsupported options are errors."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from core.models.packed.attention import attend
from core.models.packed.texts import PackedTexts

HEADS, WIDTH = 2, 4
# Short texts are padded for one call. A long text makes the texts of a row run one after another.
SHORT_OR_LONG = st.integers(1, 9) | st.sampled_from([128, 129, 140])


class Layer(torch.nn.Module):
    """A stand-in for the attention layer of an encoder."""

    is_causal = False


def inputs(lengths: list[int], groups: int = 1, seed: int = 0) -> list[torch.Tensor]:
    """Query, key and value, shape (1, heads, tokens, width); `groups` heads of the query share a key."""
    numbers = torch.Generator().manual_seed(seed)
    shapes = [(1, heads, sum(lengths), WIDTH) for heads in (HEADS * groups, HEADS, HEADS)]
    return [torch.randn(shape, generator=numbers, requires_grad=True) for shape in shapes]


def one_by_one(
    states: list[torch.Tensor], lengths: list[int], scale: float | None, window: int | None, causal: bool
) -> torch.Tensor:
    """Output of the standard attention for each text alone, shape (1, tokens, heads, width)."""
    parts = zip(*(state.split(lengths, dim=2) for state in states), strict=True)
    outputs = []
    for query, key, value in parts:
        length, groups = query.shape[2], query.shape[1] // key.shape[1]
        seen = [
            [(window is None or abs(i - j) < window) and (j <= i or not causal) for j in range(length)]
            for i in range(length)
        ]
        key, value = (each.repeat_interleave(groups, 1) for each in (key, value))
        outputs.append(
            scaled_dot_product_attention(query, key, value, attn_mask=torch.tensor(seen), scale=scale)
        )
    return torch.cat(outputs, dim=2).transpose(1, 2)


@settings(max_examples=40)
@given(
    lengths=st.lists(SHORT_OR_LONG, min_size=1, max_size=8),
    scale=st.sampled_from([None, 0.3]),
    window=st.sampled_from([None, 1, 3, 20, 200]),
    causal=st.booleans(),
    groups=st.sampled_from([1, 3]),
)
def test_packed_attention_equals_the_attention_of_each_text_alone(
    lengths: list[int], scale: float | None, window: int | None, causal: bool, groups: int
) -> None:
    texts = PackedTexts.of(np.array(lengths))
    states, same = inputs(lengths, groups), inputs(lengths, groups)
    layer = Layer()
    layer.is_causal = causal
    found, probabilities = attend(
        layer, *states, None, scaling=scale, packed_texts=texts, sliding_window=window
    )
    expected = one_by_one(same, lengths, scale, window, causal)
    assert probabilities is None
    torch.testing.assert_close(found, expected)
    # Any function that gives each output its own gradient.
    weights = torch.linspace(-1, 1, found.numel()).view(found.shape)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    for one, other in zip(states, same, strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_dropout_of_nearly_everything_zeroes_the_output() -> None:
    texts = PackedTexts.of(np.array([3, 5]))
    found, _ = attend(Layer(), *inputs([3, 5]), None, dropout=0.999999, packed_texts=texts)
    assert found.abs().max() == 0


def assert_rejected(
    match: str, layer: torch.nn.Module, mask: torch.Tensor | None = None, **options: Any
) -> None:
    with pytest.raises(RuntimeError, match=match):
        attend(layer, *inputs([3, 5]), mask, **options)


def test_unsupported_options_are_rejected() -> None:
    texts = PackedTexts.of(np.array([3, 5]))
    assert_rejected("where the texts lie", Layer())
    assert_rejected("has no mask", Layer(), torch.ones(8, 8), packed_texts=texts)
    assert_rejected("has no softcap", Layer(), packed_texts=texts, softcap=4.0)
    assert_rejected("has no position_bias", Layer(), packed_texts=texts, position_bias=torch.zeros(8, 8))


def test_lengths_that_do_not_match_the_tokens_are_rejected() -> None:
    assert_rejected("there are 8 tokens", Layer(), packed_texts=PackedTexts.of(np.array([3, 4])))


def test_empty_texts_are_rejected() -> None:
    for lengths in ([3, 0, 2], [0]):
        with pytest.raises(ValueError, match="without tokens"):
            PackedTexts.of(np.array(lengths))


def test_options_without_effect_are_accepted() -> None:
    texts = PackedTexts.of(np.array([3, 5]))
    attend(Layer(), *inputs([3, 5]), None, packed_texts=texts, sliding_window=None, is_causal=False, other=1)
