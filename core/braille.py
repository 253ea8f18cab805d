"""Curves as braille: bins of steps → spans of dots → characters. Pure numpy, no widget."""

import math
from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Pattern = Literal["solid", "heavy", "stipple", "dashes"]

BLANK = 0x2800
# Dots of one character: bit by row and column.
_BITS = {
    (row, column): np.uint8(bit)
    for row, bits in enumerate([(0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80)])
    for column, bit in enumerate(bits)
}


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


def spans(bins: Bins, x_end: float, columns: int) -> tuple[Floats, Floats]:
    """Lowest and highest value of the curve in each of `columns` dot columns from step 0 to `x_end`.

    Neighbouring points are joined by straight lines, except across a gap. Columns without a curve are NaN.
    """
    low, high = np.full(columns, np.nan), np.full(columns, np.nan)
    index = np.flatnonzero(bins.touched)
    column = dot_columns(index.astype(np.float64) * bins.width, x_end, columns)
    index, column = index[column < columns], column[column < columns]
    known = np.isfinite(bins.low[index])
    run = np.cumsum(~known)[known]
    index, column = index[known], column[known]
    if not len(index):
        return low, high
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    ends = np.append(starts[1:], len(column)) - 1
    filled = column[starts]
    low[filled] = np.minimum.reduceat(bins.low[index], starts)
    high[filled] = np.maximum.reduceat(bins.high[index], starts)
    joined = run[ends[:-1]] == run[starts[1:]]
    _join(low, high, filled, bins.first[index[starts]], bins.last[index[ends]], joined)
    return low, high


def _join(
    low: Floats, high: Floats, filled: NDArray[np.intp], first: Floats, last: Floats, joined: Mask
) -> None:
    """Draw the lines between filled columns into `low` and `high`, where `joined` says so."""
    left, right = filled[:-1][joined], filled[1:][joined]
    before, after = last[:-1][joined], first[1:][joined]
    # A line reaches from each column half-way to the level of the next one.
    slope = (after - before) / (right - left)
    for at, level in ((left, before + slope / 2), (right, after - slope / 2)):
        low[at], high[at] = np.fmin(low[at], level), np.fmax(high[at], level)
    lengths = right - left - 1
    line = np.repeat(np.arange(len(left)), lengths)
    along = np.arange(len(line)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + 1
    level = before[line] + slope[line] * along
    low[left[line] + along] = level - np.abs(slope[line]) / 2
    high[left[line] + along] = level + np.abs(slope[line]) / 2


def dot_columns(steps: Floats, x_end: float, columns: int) -> NDArray[np.intp]:
    """The dot column of each step; `x_end` itself lies in the last one, later steps beyond it."""
    column = np.floor(steps * (columns / x_end)).astype(np.intp)
    column[steps == x_end] = columns - 1
    return column


def dot_rows(values: Floats, y_low: float, y_high: float, rows: int) -> NDArray[np.intp]:
    """The dot row of each value, 0 at the top; values outside the range lie on its edge."""
    if not 0 < y_high - y_low < np.inf:
        return np.zeros(len(values), np.intp)  # the numbers are too large to be told apart
    share = (np.clip(values, y_low, y_high) - y_low) / (y_high - y_low)
    return np.rint((1.0 - share) * (rows - 1)).astype(np.intp)


def dots(low: Floats, high: Floats, y_low: float, y_high: float, rows: int, pattern: Pattern) -> Mask:
    """Spans of values as a picture of dots, `rows` × `len(low)`."""
    drawn = np.isfinite(low)
    top = np.where(drawn, dot_rows(np.where(drawn, high, y_low), y_low, y_high, rows), rows)
    bottom = np.where(drawn, dot_rows(np.where(drawn, low, y_low), y_low, y_high, rows), -1)
    # Small numbers: the picture compares each row with each column.
    row = np.arange(rows, dtype=np.int16)[:, None]
    picture: Mask = (row >= top.astype(np.int16)) & (row <= bottom.astype(np.int16))
    column = np.arange(len(low))
    match pattern:
        case "stipple":
            picture &= (row + column) % 2 == 0
        case "dashes":
            picture &= column % 4 != 3
        case "heavy":
            picture[1:] |= picture[:-1].copy()
        case "solid":
            pass
    return picture


def characters(picture: Mask) -> NDArray[np.uint8]:
    """A picture of dots as braille codes (0 to 255), one for each 4 × 2 dots."""
    bits = picture.view(np.uint8)
    codes = np.zeros((picture.shape[0] // 4, picture.shape[1] // 2), dtype=np.uint8)
    for (row, column), bit in _BITS.items():
        codes |= bits[row::4, column::2] * bit
    return codes


def nice_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that divides `span` into at most `most` parts."""
    raw = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if power * factor >= raw * (1 - 1e-9))


def nice_range(low: float, high: float, most: int) -> tuple[float, float, float]:
    """A range that holds `low` and `high` and begins and ends at a tick, and the distance of its ticks."""
    if not high - low > 1e-9 * max(1.0, abs(high)):
        half = max(abs(high) * 0.05, 1e-6)
        low, high = low - half, high + half
    step = nice_step(high - low, most)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step


def robust_range(curves: Iterable[tuple[Floats, Floats]], points: Floats) -> tuple[float, float] | None:
    """The range of values worth showing: all `points`, and of the curves what is not an outlier.

    Args:
        curves: spans (lowest, highest) of values; the top and bottom two percent may lie outside the range.
        points: values that must be inside.
    """
    known = points[np.isfinite(points)]
    lows, highs = ([float(known.min())], [float(known.max())]) if len(known) else ([], [])
    for low, high in curves:
        drawn = np.isfinite(low)
        if drawn.any():
            lows.append(_quantile(low[drawn], 0.02))
            highs.append(_quantile(high[drawn], 0.98))
    return (min(lows), max(highs)) if lows else None


def _quantile(values: Floats, share: float) -> float:
    """What `np.quantile` returns, in a tenth of its time for so few values."""
    ordered = np.sort(values)
    below = math.floor(share * (len(values) - 1))
    above = min(below + 1, len(values) - 1)
    part = share * (len(values) - 1) - below
    return float(ordered[below] + (ordered[above] - ordered[below]) * part)
