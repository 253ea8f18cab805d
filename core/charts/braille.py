"""Curves as braille: bins of steps → spans of dots → characters."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.charts.bins import Bins, Floats

Mask = NDArray[np.bool_]
Pattern = Literal["solid", "heavy", "stipple", "dashes"]

BLANK = 0x2800
# Dots of one character: bit by row and column.
_BITS = {
    (row, column): np.uint8(bit)
    for row, bits in enumerate([(0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80)])
    for column, bit in enumerate(bits)
}


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
