"""The order in which texts are trained on: decided by seed and epoch, whatever else changes."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from torch.utils.data import Sampler

Indexes = npt.NDArray[np.int64]


class DocumentOrder(Sampler[Indexes]):
    """Batches of one epoch after the other; every epoch has an order of its own.

    Several processes get disjoint shares of the same batches.

    Args:
        texts: how many there are.
        batch_size: texts in one step of the optimizer, of all processes together.
        seed: decides on the order.
        rank: number of this process.
        ranks: number of processes.
    """

    def __init__(self, texts: int, batch_size: int, seed: int, rank: int = 0, ranks: int = 1) -> None:
        self._texts = texts
        self._batch_size = batch_size
        self._seed = seed
        self._rank = rank
        self._ranks = ranks
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """The epoch that the next iteration is of."""
        self._epoch = epoch

    def __len__(self) -> int:
        return -(-self._texts // self._batch_size)

    def __iter__(self) -> Iterator[Indexes]:
        order = np.random.default_rng([self._seed, self._epoch]).permutation(self._texts)
        for start in range(0, self._texts, self._batch_size):
            yield order[start : start + self._batch_size][self._rank :: self._ranks]
