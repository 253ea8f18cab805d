"""How documents lie in what a model is given: packed end to end, or padded side by side."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from core.encoding.tokens import Ids, Types
from core.models.attention import KEYWORD, Documents

Lengths = npt.NDArray[np.integer[Any]]
Indexes = npt.NDArray[np.intp]
TYPES = "token_type_ids"


class Layout(Protocol):
    """Divides documents among forward passes, and makes the inputs of one."""

    is_packed: bool

    def divide(self, lengths: Lengths, budget: int) -> list[Indexes]:
        """Divide documents so that no pass takes more than `budget` positions, or one document alone.

        Args:
            lengths: in tokens, shape (documents,).
            budget: in positions of the device, padding included.

        Returns:
            The documents of each pass, the longest first.
        """

    def inputs(self, rows: Sequence[Ids], types: Sequence[Types] | None = None) -> dict[str, Any]:
        """Inputs of the model for the documents of one pass, the longest first.

        Args:
            rows: token ids of each document.
            types: of pairs of texts, the types of their tokens; left out where the model knows none.
        """

    def positions(self, lengths: Lengths) -> int:
        """How many positions the documents of one pass take on the device."""


class Packed:
    """Documents end to end in one row: no padding.

    Args:
        first_position: position of the first token, 2 for RoBERTa and its kin.
        knows_types: whether the model is given the types of tokens.
    """

    is_packed = True

    def __init__(self, first_position: int, *, knows_types: bool = True) -> None:
        self._first_position = first_position
        self._knows_types = knows_types

    def divide(self, lengths: Lengths, budget: int) -> list[Indexes]:
        """As `Layout`."""
        order = _longest_first(lengths)
        ends = np.cumsum(lengths[order])
        passes, start = [], 0
        while start < len(order):
            taken = ends[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(ends, taken + budget, side="right")))
            passes.append(order[start:end])
            start = end
        return passes

    def inputs(self, rows: Sequence[Ids], types: Sequence[Types] | None = None) -> dict[str, Any]:
        """`input_ids` and `position_ids`, shape (1, tokens), and where the documents lie."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        firsts = np.cumsum(lengths) - lengths
        positions = np.arange(lengths.sum()) - firsts.repeat(lengths) + self._first_position
        inputs = {
            "input_ids": torch.from_numpy(np.concatenate(rows).astype(np.int64))[None],
            "position_ids": torch.from_numpy(positions)[None],
            KEYWORD: Documents.of(lengths),
        }
        if types is not None and self._knows_types:
            inputs[TYPES] = torch.from_numpy(np.concatenate(types).astype(np.int64))[None]
        return inputs

    def positions(self, lengths: Lengths) -> int:
        """As `Layout`."""
        return int(lengths.sum())


class Padded:
    """Documents side by side, the shorter ones filled up with `pad_id`: for every architecture.

    Args:
        pad_id: token id of padding.
        knows_types: whether the model is given the types of tokens.
    """

    is_packed = False

    def __init__(self, pad_id: int, *, knows_types: bool = True) -> None:
        self._pad_id = pad_id
        self._knows_types = knows_types

    def divide(self, lengths: Lengths, budget: int) -> list[Indexes]:
        """As `Layout`."""
        order = _longest_first(lengths)
        passes, start = [], 0
        while start < len(order):
            count = max(1, budget // max(1, int(lengths[order[start]])))
            passes.append(order[start : start + count])
            start += count
        return passes

    def inputs(self, rows: Sequence[Ids], types: Sequence[Types] | None = None) -> dict[str, Any]:
        """`input_ids` and `attention_mask`, shape (documents, longest)."""
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
        """As `Layout`."""
        return int(lengths.max()) * len(lengths)


def move(inputs: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """The inputs on `device`, without waiting for the copies."""
    return {name: value.to(device, non_blocking=True) for name, value in inputs.items()}


def _longest_first(lengths: Lengths) -> Indexes:
    return np.argsort(-lengths.astype(np.int64), kind="stable")
