"""How texts are divided into micro-batches, and the inputs of a micro-batch."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.models.packed.attention import KEYWORD
from core.models.packed.layouts import Layout, Packed, Padded, move
from core.models.packed.texts import PackedTexts

LAYOUTS: list[Layout] = [Packed(first_position=0), Padded(pad_id=9)]
text_lengths = st.lists(st.integers(1, 50), max_size=40).map(lambda drawn: np.array(drawn, np.int32))
layouts = st.sampled_from(LAYOUTS)


@given(layout=layouts, lengths=text_lengths, budget=st.integers(1, 200))
def test_every_text_is_in_one_micro_batch_within_the_budget(
    layout: Layout, lengths: np.ndarray, budget: int
) -> None:
    micro_batches = layout.divide(lengths, budget)
    members = [index for each in micro_batches for index in each.tolist()]
    assert sorted(members) == list(range(len(lengths)))
    assert lengths[members].tolist() == sorted(lengths.tolist(), reverse=True)
    for each in micro_batches:
        assert len(each) == 1 or layout.positions(lengths[each]) <= budget


@given(layout=layouts, lengths=text_lengths, budget=st.integers(1, 200))
def test_no_micro_batch_has_space_for_the_next_text(layout: Layout, lengths: np.ndarray, budget: int) -> None:
    micro_batches = layout.divide(lengths, budget)
    for each, following in pairwise(micro_batches):
        assert layout.positions(lengths[[*each, following[0]]]) > budget


def test_texts_of_equal_length_keep_their_order() -> None:
    for layout in LAYOUTS:
        (only,) = layout.divide(np.array([5, 7, 5, 7, 5]), 100)
        assert only.tolist() == [1, 3, 0, 2, 4]


@pytest.mark.parametrize("first_position", [0, 2])
def test_packed_inputs(first_position: int) -> None:
    rows = [np.array(row, np.int32) for row in ([5, 6, 7], [8, 9, 10], [11])]
    inputs = Packed(first_position).inputs(rows)
    assert inputs.keys() == {"input_ids", "position_ids", KEYWORD}
    assert inputs["input_ids"].tolist() == [[5, 6, 7, 8, 9, 10, 11]]
    positions = [position + first_position for position in (0, 1, 2, 0, 1, 2, 0)]
    assert inputs["position_ids"].tolist() == [positions]
    assert inputs["input_ids"].dtype == inputs["position_ids"].dtype == torch.int64
    packed = inputs[KEYWORD]
    assert (packed.sizes, packed.longest) == (((2, 3), (1, 1)), 3)
    assert packed.offsets.tolist() == [0, 3, 6, 7]


def test_padded_inputs() -> None:
    rows = [np.array(row, np.int32) for row in ([5, 6, 7], [8])]
    inputs = Padded(pad_id=9).inputs(rows)
    assert inputs.keys() == {"input_ids", "attention_mask"}
    assert inputs["input_ids"].tolist() == [[5, 6, 7], [8, 9, 9]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert inputs["input_ids"].dtype == inputs["attention_mask"].dtype == torch.int64


@given(lengths=text_lengths.filter(len))
def test_positions_match_the_size_of_the_inputs(lengths: np.ndarray) -> None:
    rows = [np.full(length, 1, np.int32) for length in sorted(lengths.tolist(), reverse=True)]
    for layout in LAYOUTS:
        assert layout.inputs(rows)["input_ids"].numel() == layout.positions(lengths)


@given(lengths=text_lengths.filter(len))
def test_packed_texts_are_stored_as_runs_of_equal_lengths(lengths: np.ndarray) -> None:
    packed = PackedTexts.of(lengths)
    runs = [length for count, length in packed.sizes for _ in range(count)]
    assert runs == lengths.tolist()
    assert all(one[1] != other[1] for one, other in pairwise(packed.sizes))
    assert packed.offsets.tolist() == [0, *np.cumsum(lengths).tolist()]
    assert packed.offsets.dtype == torch.int32
    assert packed.firsts.tolist() == packed.offsets[:-1].tolist()
    assert packed.longest == lengths.max()


def test_moving_inputs_keeps_their_values() -> None:
    for layout in LAYOUTS:
        inputs = layout.inputs([np.array([3, 4], np.int32), np.array([5], np.int32)])
        moved = move(inputs, torch.device("cpu"))
        assert moved.keys() == inputs.keys()
        assert moved["input_ids"].tolist() == inputs["input_ids"].tolist()
    assert move(LAYOUTS[0].inputs([np.array([3], np.int32)]), torch.device("meta"))[KEYWORD].offsets.is_meta
