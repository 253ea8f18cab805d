"""The order of the examples and their batches: each example once per epoch, at any token budget."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import PAD, rows_of, tiny

from core.encoding.tokens import EncodedSplit, of_rows
from core.models.packed.attention import KEYWORD
from core.models.packed.layouts import Layout, Packed, Padded
from core.models.padding_free import choose_layout
from core.training.batches import Batch, Batcher, BatchOrder, endless_batches
from core.training.losses import TrainingLoss

sizes = st.tuples(st.integers(1, 60), st.integers(1, 12))
layouts: Any = st.sampled_from([Packed(0), Padded(0)])


def batches(order: BatchOrder, epoch: int = 0) -> list[list[int]]:
    return [batch.tolist() for batch in order.epoch(epoch)]


@given(size=sizes, seed=st.integers(0, 2**32 - 1), epoch=st.integers(0, 5))
def test_every_text_is_seen_once_per_epoch(size: tuple[int, int], seed: int, epoch: int) -> None:
    texts, batch_size = size
    order = BatchOrder(texts, batch_size, seed)
    found = batches(order, epoch)
    assert sorted(chain(*found)) == list(range(texts))
    assert len(found) == len(order)
    assert all(len(batch) == batch_size for batch in found[:-1])


def test_only_seed_and_epoch_determine_the_order() -> None:
    first = batches(BatchOrder(50, 8, seed=3))
    np.random.default_rng().random()
    torch.manual_seed(9)
    assert batches(BatchOrder(50, 8, seed=3)) == first
    assert batches(BatchOrder(50, 8, seed=4)) != first
    order = BatchOrder(50, 8, seed=3)
    assert batches(order, epoch=1) != first
    assert batches(order, epoch=0) == first
    # Another batch size keeps the order.
    assert list(chain(*batches(BatchOrder(50, 5, seed=3)))) == list(chain(*first))


@given(size=sizes, ranks=st.integers(1, 8), epoch=st.integers(0, 2))
def test_ranks_divide_the_batches_of_a_single_process(size: tuple[int, int], ranks: int, epoch: int) -> None:
    texts, batch_size = size
    whole = batches(BatchOrder(texts, batch_size, 7), epoch)
    shares = [batches(BatchOrder(texts, batch_size, 7, rank, ranks), epoch) for rank in range(ranks)]
    assert {len(share) for share in shares} == {len(whole)}
    for batch, *parts in zip(whole, *shares, strict=True):
        assert sorted(chain(*parts)) == sorted(batch)
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


def split_of(lengths: list[int], seed: int = 0) -> EncodedSplit:
    """Texts of these lengths; the first token and the label of a text identify it."""
    numbers = np.random.default_rng(seed)
    rows = [numbers.integers(0, 5, length).astype(np.int32) for length in lengths]
    for number, row in enumerate(rows):
        row[0] = 100 + number
    return EncodedSplit(of_rows(rows), np.arange(len(rows), dtype=np.int32))


def examples(batch: Batch) -> list[tuple[int, int]]:
    """First token and label of each text, micro-batch by micro-batch."""
    found = []
    for each in batch.micro_batches:
        inputs = each.inputs
        ids, labels = inputs["input_ids"], each.targets
        firsts = ids[0, inputs[KEYWORD].firsts] if KEYWORD in inputs else ids[:, 0]
        assert len(firsts) == len(labels) == each.examples
        found += zip(firsts.tolist(), labels.tolist(), strict=True)
    return found


@given(
    layout=layouts,
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=20),
    budget=st.integers(1, 100),
    data=st.data(),
)
def test_batches_hold_their_texts_and_labels(
    layout: Layout, lengths: list[int], budget: int, data: st.DataObject
) -> None:
    indexes = np.array(data.draw(st.lists(st.sampled_from(range(len(lengths))), min_size=1, unique=True)))
    batch = Batcher(split_of(lengths), layout, budget)(indexes)
    assert sorted(examples(batch)) == sorted((100 + index, index) for index in indexes.tolist())
    assert batch.examples == sum(each.examples for each in batch.micro_batches) == len(indexes)
    assert batch.tokens == sum(lengths[index] for index in indexes)
    assert batch.positions == sum(each.inputs["input_ids"].numel() for each in batch.micro_batches)
    assert all(
        each.examples == 1 or each.inputs["input_ids"].numel() <= budget for each in batch.micro_batches
    )
    assert {each.targets.dtype for each in batch.micro_batches} == {torch.int64}
    if layout.is_packed:
        assert batch.positions == batch.tokens


def labels(batches: Iterator[Batch], count: int) -> list[list[int]]:
    """The labels of the next batches; each identifies its text."""
    return [sorted(label for _, label in examples(batch)) for batch in islice(batches, count)]


def endless(after_step: int) -> Iterator[Batch]:
    """Batches of twenty texts, four batches an epoch, from the given step on."""
    split = split_of([3] * 20)
    order = BatchOrder(20, 6, seed=1)
    return endless_batches(Batcher(split, Packed(0), 1000), order, after_step=after_step, pin_memory=False)


def test_batches_run_through_one_epoch_after_another() -> None:
    order = BatchOrder(20, 6, seed=1)
    expected = [sorted(batch) for epoch in range(3) for batch in batches(order, epoch)]
    assert labels(endless(0), 12) == expected
    assert len(order) == 4


@pytest.mark.parametrize("step", range(9))
def test_batches_that_were_trained_already_are_skipped(step: int) -> None:
    assert labels(endless(step), 5) == labels(endless(0), step + 5)[step:]


def test_each_epoch_draws_random_numbers_like_a_data_loader() -> None:
    """Dropout then equals that of runs whose batches came from a DataLoader."""
    torch.manual_seed(5)
    list(islice(endless(0), 5))
    found = torch.rand(3)
    torch.manual_seed(5)
    for _ in range(2):
        iter(torch.utils.data.DataLoader([0]))
    assert torch.equal(found, torch.rand(3))


@pytest.mark.parametrize("packed", [True, False])
def test_many_micro_batches_give_the_gradient_of_one(packed: bool) -> None:
    rows = rows_of()
    split = EncodedSplit(of_rows(rows), np.arange(len(rows), dtype=np.int32) % 3)

    def gradient(budget: int) -> tuple[int, float, list[torch.Tensor]]:
        model = tiny("bert")
        layout: Layout = Padded(PAD)
        if packed:
            layout, _ = choose_layout(model, PAD, rows, bf16=False)
        batch = Batcher(split, layout, budget)(np.arange(len(rows)))
        total = 0.0
        for each in batch.micro_batches:
            loss = TrainingLoss()(model(**each.inputs).logits, each.targets)
            loss = loss * (each.examples / batch.examples)
            loss.backward()
            total += loss.item()
        return len(batch.micro_batches), total, [parameter.grad for parameter in model.parameters()]

    count_of_micro_batches, loss, expected = gradient(100_000)
    assert count_of_micro_batches == 1
    for budget in (1, 60, 70):
        count_of_micro_batches, again, found = gradient(budget)
        assert count_of_micro_batches > 1
        assert again == pytest.approx(loss, abs=1e-6)
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
