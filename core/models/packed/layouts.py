"""The layout of texts in the input of a model: packed end to end, or padded side by side."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from core.encoding.tokens import Ids, Types
from core.models.packed.attention import KEYWORD
from core.models.packed.texts import PackedTexts

Lengths = npt.NDArray[np.integer[Any]]
Indexes = npt.NDArray[np.intp]
TYPES = "token_type_ids"


class Layout(Protocol):
    """Divides texts into micro-batches and makes their inputs.

    Attributes:
        is_packed: whether texts lie end to end, without padding.
    """

    is_packed: bool

    def divide(self, lengths: Lengths, budget: int) -> list[Indexes]:
        """Divide texts into micro-batches of at most `budget` positions, or of one text.

        Args:
            lengths: in tokens, shape (texts,).
            budget: token budget; padding counts.

        Returns:
            Indexes of the texts of each micro-batch, the longest first.
        """

    def inputs(self, rows: Sequence[Ids], types: Sequence[Types] | None = None) -> dict[str, Any]:
        """Make the model's inputs for one micro-batch.

        Args:
            rows: token ids of each text, the longest first.
            types: token type ids of text pairs; ignored where the model has no token types.
        """

    def positions(self, lengths: Lengths) -> int:
        """Number of positions that the texts of one micro-batch take on the device, padding included."""


class Packed:
    """Texts end to end in one row, without padding.

    Args:
        first_position: position id of the first token: 2 for RoBERTa and its relatives, else 0.
        knows_types: whether the model has token types.
    """

    is_packed = True

    def __init__(self, first_position: int, *, knows_types: bool = True) -> None:
        self._first_position = first_position
        self._knows_types = knows_types

    def divide(self, lengths: Lengths, budget: int) -> list[Indexes]:
        """See `Layout`."""
        order = _longest_first(lengths)
        ends = np.cumsum(lengths[order])
        divided, start = [], 0
        while start < len(order):
            taken = ends[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(ends, taken + budget, side="right")))
            divided.append(order[start:end])
            start = end
        return divided

    def inputs(self, rows: Sequence[Ids], types: Sequence[Types] | None = None) -> dict[str, Any]:
        """`input_ids` and `position_ids`, shape (1, tokens), and `PackedTexts`; see `Layout`."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        firsts = np.cumsum(lengths) - lengths
        positions = np.arange(lengths.sum()) - firsts.repeat(lengths) + self._first_position
        inputs = {
            "input_ids": torch.from_numpy(np.concatenate(rows).astype(np.int64))[None],
            "position_ids": torch.from_numpy(positions)[None],
            KEYWORD: PackedTexts.of(lengths),
        }
        if types is not None and self._knows_types:
            inputs[TYPES] = torch.from_numpy(np.concatenate(types).astype(np.int64))[None]
        return inputs

    def positions(self, lengths: Lengths) -> int:
        """See `Layout`."""
        return int(lengths.sum())


class Padded:
    """Texts side by side, padded to the longest: works for every architecture.

    Args:
        pad_id: token id of padding.
        knows_types: whether the model has token types.
    """

    is_packed = False

    def __init__(self, pad_id: int, *, knows_types: bool = True) -> None:
        self._pad_id = pad_id
        self._knows_types = knows_types

    def divide(self, lengths: Lengths, budget: int) -> list[Indexes]:
        """See `Layout`."""
        order = _longest_first(lengths)
        divided, start = [], 0
        while start < len(order):
            count = max(1, budget // max(1, int(lengths[order[start]])))
            divided.append(order[start : start + count])
            start += count
        return divided

    def inputs(self, rows: Sequence[Ids], types: Sequence[Types] | None = None) -> dict[str, Any]:
        """`input_ids` and `attention_mask`, shape (texts, longest); see `Layout`."""
        ids = np.full((len(rows), max(map(len, rows))), self._pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        if types is not None and self._knows_types:
            inputs[TYPES] = torch.zeros_like(inputs["input_ids"])
            for index, row_types in enumerate(types):
                inputs[TYPES][index, : len(row_types)] = torch.from_numpy(row_types.astype(np.int64))
        return inputs

    def positions(self, lengths: Lengths) -> int:
        """See `Layout`."""
        return int(lengths.max()) * len(lengths)


def move(inputs: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """Copy inputs to `device` without waiting for the copies."""
    return {name: value.to(device, non_blocking=True) for name, value in inputs.items()}


def _longest_first(lengths: Lengths) -> Indexes:
    return np.argsort(-lengths.astype(np.int64), kind="stable")
