"""Bins: the values of a curve, condensed so that memory and drawing time stay constant."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Bins:
    """Lowest, highest, first and last value of the steps of each bin; memory and drawing time stay constant.

    All bins have the same width, a power of two steps, and the first begins at step 0, so that what is in a
    bin never changes once the run has passed it. When there are too many, neighbours are merged.

    Args:
        limit: most bins there may be; an even number.
    """

    def __init__(self, limit: int = 1024) -> None:
        self.limit = limit
        self.width = 1
        self.low = np.full(limit, np.nan)
        self.high = np.full(limit, np.nan)
        self.first = np.full(limit, np.nan)
        self.last = np.full(limit, np.nan)
        self.touched = np.zeros(limit, dtype=np.bool_)
        """Bins that got a value, NaN or not; one without a number in it is a gap in the curve."""

    def extend(self, steps: Floats, values: Floats) -> None:
        """Add values, in the order of their steps and after all that were added before."""
        if not len(steps):
            return
        while steps[-1] >= self.width * self.limit:
            self._merge()
        index = (steps // self.width).astype(np.intp)
        self.touched[index] = True
        known = np.isfinite(values)
        index, values = index[known], values[known]
        if not len(index):
            return
        starts = np.flatnonzero(np.diff(index, prepend=-1))
        ends = np.append(starts[1:], len(index)) - 1
        bins = index[starts]
        self.low[bins] = np.fmin(self.low[bins], np.minimum.reduceat(values, starts))
        self.high[bins] = np.fmax(self.high[bins], np.maximum.reduceat(values, starts))
        self.first[bins] = np.where(np.isnan(self.first[bins]), values[starts], self.first[bins])
        self.last[bins] = values[ends]

    def _merge(self) -> None:
        half = self.limit // 2
        left, right = slice(0, None, 2), slice(1, None, 2)
        for column, merged in (
            (self.low, np.fmin(self.low[left], self.low[right])),
            (self.high, np.fmax(self.high[left], self.high[right])),
            (self.first, np.where(np.isnan(self.first[left]), self.first[right], self.first[left])),
            (self.last, np.where(np.isnan(self.last[right]), self.last[left], self.last[right])),
        ):
            column[:half], column[half:] = merged, np.nan
        self.touched[:half], self.touched[half:] = self.touched[left] | self.touched[right], False
        self.width *= 2
