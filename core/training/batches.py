"""Batches of training texts: their order, and the micro-batches that the device can hold."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from core.encoding.tokens import EncodedSplit
from core.models.logits import inputs_of
from core.models.packed.layouts import Layout
from core.problems import Problem
from core.training.losses import as_targets

Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MicroBatch:
    """The examples of one forward and backward pass."""

    inputs: dict[str, Any]
    targets: torch.Tensor
    """As `TrainingLoss` takes them."""
    examples: int


@dataclass(frozen=True)
class Batch:
    """The examples of one optimizer step.

    The losses of its micro-batches, weighted by their examples, add up to the loss of the batch.
    """

    micro_batches: list[MicroBatch]
    examples: int
    tokens: int
    positions: int
    """Token positions computed on the device, padding included."""
    indexes: Indexes = field(default_factory=lambda: np.zeros(0, np.int64))
    """Of the examples in their split."""

    def pin_memory(self) -> Self:
        """Return a copy in page-locked memory, which a GPU can read by itself."""
        pinned = [
            replace(
                each,
                inputs={name: value.pin_memory() for name, value in each.inputs.items()},
                targets=each.targets.pin_memory(),
            )
            for each in self.micro_batches
        ]
        return replace(self, micro_batches=pinned)


class BatchOrder:
    """The examples of each batch. Seed and epoch alone decide on it; every epoch has an order of its own.

    Several processes get disjoint shares of the same batches.

    Args:
        examples: how many there are.
        batch_size: examples of one optimizer step, over all processes.
        seed: decides on the order.
        rank: number of this process.
        ranks: number of processes.
    """

    def __init__(self, examples: int, batch_size: int, seed: int, rank: int = 0, ranks: int = 1) -> None:
        self._examples = examples
        self._batch_size = batch_size
        self._seed = seed
        self._rank = rank
        self._ranks = ranks

    def __len__(self) -> int:
        """Batches in an epoch."""
        return -(-self._examples // self._batch_size)

    def epoch(self, number: int) -> Iterator[Indexes]:
        """Yield the indexes of each batch of an epoch; epochs count from 0."""
        order = np.random.default_rng([self._seed, number]).permutation(self._examples)
        for start in range(0, self._examples, self._batch_size):
            yield order[start : start + self._batch_size][self._rank :: self._ranks]


class Batcher:
    """Makes batches of the examples of a split.

    Args:
        split: the examples.
        layout: input layout, packed or padded.
        token_budget: tokens of one micro-batch, padding included.
    """

    def __init__(self, split: EncodedSplit, layout: Layout, token_budget: int) -> None:
        self._split = split
        self._layout = layout
        self.token_budget = token_budget

    def __call__(self, indexes: Indexes) -> Batch:
        """Return the batch of the examples with these indexes."""
        tokens = self._split.tokens
        lengths = tokens.lengths_of(indexes)
        micro_batches = []
        for members in self._layout.divide(lengths, self.token_budget):
            inputs = inputs_of(self._layout, tokens, indexes[members])
            targets = as_targets(self._split.label_ids[indexes[members]])
            micro_batches.append(MicroBatch(inputs, targets, len(members)))
        return Batch(
            micro_batches,
            examples=len(indexes),
            tokens=int(lengths.sum()),
            positions=sum(each.inputs["input_ids"].numel() for each in micro_batches),
            indexes=indexes,
        )

    def divide_further(self, batch: Batch) -> Batch:
        """Halve the token budget for good, and return the batch in micro-batches of that size.

        Raises:
            Problem: each of its examples already has a micro-batch to itself.
        """
        largest = max(batch.micro_batches, key=lambda each: each.inputs["input_ids"].numel())
        if largest.examples == 1:
            raise Problem(
                f"a text of {largest.inputs['input_ids'].numel()} tokens does not fit into memory",
                mend="Lower --max-length, choose a smaller --model, or free memory and resume the run.",
            )
        self.token_budget = largest.inputs["input_ids"].numel() // 2
        return self(batch.indexes)


def endless_batches(
    batcher: Batcher, order: BatchOrder, *, after_step: int, pin_memory: bool
) -> Iterator[Batch]:
    """Yield batches without end, beginning with that of step `after_step` + 1."""
    epoch, done = divmod(after_step, len(order))
    for number in itertools.count(epoch):
        if not done:
            # One draw at the start of each epoch, as torch's DataLoader makes it: without it the dropout of
            # runs that older versions began would change when they are resumed.
            torch.empty((), dtype=torch.int64).random_()
        for indexes in itertools.islice(order.epoch(number), done, None):
            batch = batcher(indexes)
            yield batch.pin_memory() if pin_memory else batch
        done = 0
