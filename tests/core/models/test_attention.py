"""Packed attention equals the attention of each text alone. Unsupported options are errors."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from core.models.attention import PackedTexts, attend

HEADS, WIDTH = 2, 4
# Short texts are padded for one call. A long text makes the texts of a row run one after another.
SHORT_OR_LONG = st.integers(1, 9) | st.sampled_from([128, 129, 140])


class Layer(torch.nn.Module):
    """A stand-in for the attention layer of an encoder."""

    is_causal = False


def inputs(lengths: list[int], seed: int = 0) -> list[torch.Tensor]:
    """Query, key and value, shape (1, heads, tokens, width)."""
    numbers = torch.Generator().manual_seed(seed)
    shape = (1, HEADS, sum(lengths), WIDTH)
    return [torch.randn(shape, generator=numbers, requires_grad=True) for _ in range(3)]


def one_by_one(states: list[torch.Tensor], lengths: list[int], scale: float | None) -> torch.Tensor:
    """Output of the standard attention for each text alone, shape (1, tokens, heads, width)."""
    parts = zip(*(state.split(lengths, dim=2) for state in states), strict=True)
    outputs = [scaled_dot_product_attention(*part, scale=scale) for part in parts]
    return torch.cat(outputs, dim=2).transpose(1, 2)


@settings(max_examples=40)
@given(lengths=st.lists(SHORT_OR_LONG, min_size=1, max_size=8), scale=st.sampled_from([None, 0.3]))
def test_packed_attention_equals_the_attention_of_each_text_alone(
    lengths: list[int], scale: float | None
) -> None:
    texts = PackedTexts.of(np.array(lengths))
    states, same = inputs(lengths), inputs(lengths)
    found, probabilities = attend(Layer(), *states, None, scaling=scale, packed_texts=texts)
    expected = one_by_one(same, lengths, scale)
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
    assert_rejected("has no sliding_window", Layer(), packed_texts=texts, sliding_window=4)
    assert_rejected("has no position_bias", Layer(), packed_texts=texts, position_bias=torch.zeros(8, 8))
    assert_rejected("has no mask", Layer(), packed_texts=texts, is_causal=True)
    causal = Layer()
    causal.is_causal = True
    assert_rejected("has no mask", causal, packed_texts=texts)


def test_lengths_that_do_not_match_the_tokens_are_rejected() -> None:
    assert_rejected("there are 8 tokens", Layer(), packed_texts=PackedTexts.of(np.array([3, 4])))


def test_empty_texts_are_rejected() -> None:
    for lengths in ([3, 0, 2], [0]):
        with pytest.raises(ValueError, match="without tokens"):
            PackedTexts.of(np.array(lengths))


def test_options_without_effect_are_accepted() -> None:
    texts = PackedTexts.of(np.array([3, 5]))
    attend(Layer(), *inputs([3, 5]), None, packed_texts=texts, sliding_window=None, is_causal=False, other=1)
