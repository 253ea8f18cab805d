"""Batches: the texts of one step of the optimizer, divided into passes that the device can hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from core.encoding.tokens import EncodedSplit
from core.models.layouts import Layout
from core.models.logits import inputs_of
from core.problems import Problem
from core.training.losses import as_targets
from core.training.order import DocumentOrder, Indexes


@dataclass(frozen=True)
class Pass:
    """One forward and backward pass."""

    inputs: dict[str, Any]
    targets: torch.Tensor
    """What the model is to say, as `TrainingLoss` takes it."""
    documents: int


@dataclass(frozen=True)
class Batch:
    """The passes of one step; their losses, weighted by their documents, add up to that of the batch."""

    passes: list[Pass]
    documents: int
    tokens: int
    positions: int
    """What the tokens take on the device, padding included."""
    indexes: Indexes = field(default_factory=lambda: np.zeros(0, np.int64))
    """Of the texts."""
    token_budget: int = 0
    """Positions that a pass was to have at most."""

    def pin_memory(self) -> Self:
        """The same in memory that a GPU can read by itself."""
        pinned = [
            replace(
                each,
                inputs={name: value.pin_memory() for name, value in each.inputs.items()},
                targets=each.targets.pin_memory(),
            )
            for each in self.passes
        ]
        return replace(self, passes=pinned)


class Batcher:
    """Makes batches of the texts of a split.

    Args:
        split: the texts.
        layout: how the model takes them.
        token_budget: positions of one pass.
    """

    def __init__(self, split: EncodedSplit, layout: Layout, token_budget: int) -> None:
        self._split = split
        self._layout = layout
        self.token_budget = token_budget

    def __call__(self, indexes: Indexes) -> Batch:
        """The batch of the texts with these indexes."""
        tokens = self._split.tokens
        lengths = tokens.lengths_of(indexes)
        passes = []
        for members in self._layout.divide(lengths, self.token_budget):
            inputs = inputs_of(self._layout, tokens, indexes[members])
            targets = as_targets(self._split.label_ids[indexes[members]])
            passes.append(Pass(inputs, targets, len(members)))
        return Batch(
            passes,
            documents=len(indexes),
            tokens=int(lengths.sum()),
            positions=sum(each.inputs["input_ids"].numel() for each in passes),
            indexes=indexes,
            token_budget=self.token_budget,
        )

    def divide_further(self, batch: Batch) -> Batch:
        """The same texts in passes of half the size, as all batches from now on.

        Raises:
            Problem: each of them has a pass to itself already.
        """
        largest = max(batch.passes, key=lambda each: each.inputs["input_ids"].numel())
        if largest.documents == 1:
            raise Problem(
                f"a text of {largest.inputs['input_ids'].numel()} tokens does not fit into memory",
                mend="Lower --max-length, choose a smaller --model, or make room and resume the run.",
            )
        self.token_budget = largest.inputs["input_ids"].numel() // 2
        return self(batch.indexes)

    def fitting(self, batch: Batch) -> Batch:
        """The batch in passes that the device holds; it may be of a time when more was tried."""
        return batch if batch.token_budget <= self.token_budget else self(batch.indexes)


class EpochLoader(DataLoader[Batch]):
    """Batches in the order of the epoch that the Trainer says."""

    def __init__(self, batcher: Batcher, order: DocumentOrder, texts: int, *, pin_memory: bool) -> None:
        # What a batch sampler yields goes to the batcher as it is: an array of indexes.
        options: dict[str, Any] = {"batch_sampler": order, "collate_fn": batcher}
        super().__init__(_Indexes(texts), pin_memory=pin_memory, **options)
        self._order = order

    def set_epoch(self, epoch: int) -> None:
        """Begin the order of `epoch`."""
        self._order.set_epoch(epoch)


class _Indexes(Dataset[Any]):
    """Stands for the texts: their indexes are all that a Batcher needs."""

    def __init__(self, texts: int) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return self._texts

    def __getitems__(self, indexes: Sequence[int]) -> Sequence[int]:
        return indexes
