"""How documents are divided among passes, and what a pass is made of."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.models.attention import KEYWORD, PackedTexts
from core.models.layouts import Layout, Packed, Padded, move

LAYOUTS: list[Layout] = [Packed(first_position=0), Padded(pad_id=9)]
document_lengths = st.lists(st.integers(1, 50), max_size=40).map(lambda drawn: np.array(drawn, np.int32))
layouts = st.sampled_from(LAYOUTS)


@given(layout=layouts, lengths=document_lengths, budget=st.integers(1, 200))
def test_every_document_is_in_one_pass_within_the_budget(
    layout: Layout, lengths: np.ndarray, budget: int
) -> None:
    passes = layout.divide(lengths, budget)
    members = [index for each in passes for index in each.tolist()]
    assert sorted(members) == list(range(len(lengths)))
    assert lengths[members].tolist() == sorted(lengths.tolist(), reverse=True)
    for each in passes:
        assert len(each) == 1 or layout.positions(lengths[each]) <= budget


@given(layout=layouts, lengths=document_lengths, budget=st.integers(1, 200))
def test_no_pass_could_have_taken_the_next_document_too(
    layout: Layout, lengths: np.ndarray, budget: int
) -> None:
    passes = layout.divide(lengths, budget)
    for each, following in pairwise(passes):
        assert layout.positions(lengths[[*each, following[0]]]) > budget


def test_equally_long_documents_keep_their_order() -> None:
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
    documents = inputs[KEYWORD]
    assert (documents.sizes, documents.longest) == (((2, 3), (1, 1)), 3)
    assert documents.offsets.tolist() == [0, 3, 6, 7]


def test_padded_inputs() -> None:
    rows = [np.array(row, np.int32) for row in ([5, 6, 7], [8])]
    inputs = Padded(pad_id=9).inputs(rows)
    assert inputs.keys() == {"input_ids", "attention_mask"}
    assert inputs["input_ids"].tolist() == [[5, 6, 7], [8, 9, 9]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert inputs["input_ids"].dtype == inputs["attention_mask"].dtype == torch.int64


@given(lengths=document_lengths.filter(len))
def test_positions_are_what_the_inputs_take(lengths: np.ndarray) -> None:
    rows = [np.full(length, 1, np.int32) for length in sorted(lengths.tolist(), reverse=True)]
    for layout in LAYOUTS:
        assert layout.inputs(rows)["input_ids"].numel() == layout.positions(lengths)


@given(lengths=document_lengths.filter(len))
def test_documents_are_runs_of_equal_lengths(lengths: np.ndarray) -> None:
    documents = PackedTexts.of(lengths)
    runs = [length for count, length in documents.sizes for _ in range(count)]
    assert runs == lengths.tolist()
    assert all(one[1] != other[1] for one, other in pairwise(documents.sizes))
    assert documents.offsets.tolist() == [0, *np.cumsum(lengths).tolist()]
    assert documents.offsets.dtype == torch.int32
    assert documents.firsts.tolist() == documents.offsets[:-1].tolist()
    assert documents.longest == lengths.max()


def test_moved_inputs_are_the_same() -> None:
    for layout in LAYOUTS:
        inputs = layout.inputs([np.array([3, 4], np.int32), np.array([5], np.int32)])
        moved = move(inputs, torch.device("cpu"))
        assert moved.keys() == inputs.keys()
        assert moved["input_ids"].tolist() == inputs["input_ids"].tolist()
    assert move(LAYOUTS[0].inputs([np.array([3], np.int32)]), torch.device("meta"))[KEYWORD].offsets.is_meta
