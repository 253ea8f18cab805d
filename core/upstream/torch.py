"""torch: its errors when memory runs out, and an undocumented function."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_CPU_ALLOCATOR_TEXT = "allocate memory"


def is_allocation_failure(error: BaseException) -> bool:
    """Whether an allocator of torch raised `error`; torch need not be imported.

    That of a GPU has an exception of its own. That of the CPU raises a bare RuntimeError, known by its text.
    """
    if isinstance(error, RuntimeError) and _CPU_ALLOCATOR_TEXT in str(error):
        return True
    # A process without torch has none of its errors.
    return isinstance(error, getattr(sys.modules.get("torch"), "OutOfMemoryError", ()))


def mean_of_segments(values: Tensor, lengths: Tensor) -> Tensor:
    """Average the rows of each segment, shape (segments, columns).

    Args:
        values: shape (rows, columns).
        lengths: rows of each segment, in order; they add up to all rows, which is not checked.
    """
    import torch

    # `unsafe` skips a check of the lengths, which would wait for the device.
    means: Tensor = torch.segment_reduce(values, "mean", lengths=lengths, unsafe=True)
    return means
