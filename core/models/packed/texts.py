"""Where texts lie in a packed row: end to end, without padding."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

# Texts of up to so many tokens are padded for one call of an attention kernel.
_SHORT = 128


@dataclass(frozen=True)
class PackedTexts:
    """Where the texts of a packed row lie.

    Attributes:
        sizes: (number of texts, length in tokens) of each run of equally long texts, on the host.
        offsets: int32, shape (texts + 1,): the first token of each text, and the end of the last.
        longest: length in tokens of the longest text.
        tokens: number of tokens of all texts.
    """

    sizes: tuple[tuple[int, int], ...]
    offsets: Tensor
    longest: int
    tokens: int  # not computed from `sizes`: a compiled layer would be specialised on their number

    @classmethod
    def of(cls, lengths: npt.NDArray[np.integer[Any]]) -> Self:
        """Pack texts of these lengths in tokens, in this order.

        Raises:
            ValueError: a text has no tokens.
        """
        if lengths.min() < 1:
            raise ValueError("a text without tokens would be read as the next one")
        offsets = np.zeros(len(lengths) + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        borders = [0, *(np.flatnonzero(np.diff(lengths)) + 1).tolist(), len(lengths)]
        sizes = tuple((end - start, int(lengths[start])) for start, end in pairwise(borders))
        return cls(sizes, torch.from_numpy(offsets), int(lengths.max()), int(lengths.sum()))

    @property
    def is_one(self) -> bool:
        """Whether the row holds a single text."""
        return self.longest == self.tokens

    @property
    def are_short(self) -> bool:
        """Whether padding the texts costs less than one call for each run of equally long texts."""
        return len(self.sizes) > 1 and self.longest <= _SHORT

    @cached_property
    def grid(self) -> tuple[Tensor, Tensor, Tensor]:
        """The texts side by side, padded to the longest.

        Returns:
            The token at each place of the grid, shape (texts * longest,); the place of each token, shape
            (tokens,); whether a place holds a token, shape (texts, longest).
        """
        starts, ends = self.offsets[:-1, None].long(), self.offsets[1:, None].long()
        places = starts + torch.arange(self.longest, device=starts.device)
        is_token = places < ends
        tokens = is_token.flatten().nonzero()[:, 0]
        return torch.where(is_token, places, starts).flatten(), tokens, is_token

    @property
    def firsts(self) -> Tensor:
        """Position of the first token of each text, shape (texts,)."""
        return self.offsets[:-1].long()

    @property
    def lasts(self) -> Tensor:
        """Position of the last token of each text, shape (texts,)."""
        return self.offsets[1:].long() - 1

    @property
    def lengths(self) -> Tensor:
        """Length in tokens of each text, shape (texts,)."""
        return self.offsets.diff().long()

    def to(self, device: torch.device, *, non_blocking: bool = False) -> Self:
        """A copy on `device`."""
        return replace(self, offsets=self.offsets.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """A copy in page-locked memory."""
        return replace(self, offsets=self.offsets.pin_memory())
