"""Axes: their range, their ticks, and the labels of the ticks."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from core.charts.bins import Floats


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


def ticks(low: float, high: float, step: float) -> Floats:
    """The multiples of `step` from `low` to `high`, both included."""
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    multiples: Floats = np.arange(first, last + 1, dtype=np.float64) * step
    return multiples + 0.0  # never -0.0


def step_ticks(end: float, most: int, *, is_whole: bool = True) -> Floats:
    """At most about `most` ticks from 0 to `end`; with `is_whole` at least 1 apart, as training steps are."""
    apart = nice_step(end, most)
    return ticks(0.0, end, max(1.0, apart) if is_whole else apart)


def tick_label(tick: float) -> str:
    """A tick in few characters: `0.25`, `1,500`, `2.5 M`."""
    if abs(tick) >= 1e6:
        return f"{tick / 1e6:g} M"
    return f"{tick:,.0f}" if abs(tick) >= 1000 else f"{tick:g}"


def aligned_label(tick: float, step: float) -> str:
    """A tick with the digits that the distance `step` needs, so that the labels of an axis align."""
    if step >= 1e5 or step < 1e-5:
        return f"{tick:.1e}"
    digits = next((digits for digits in range(7) if abs(round(step, digits) - step) < step * 1e-6), 6)
    return f"{tick:.{digits}f}"


def label_line(labels: Sequence[str], columns: Sequence[int], width: int) -> str:
    """Labels centred on their columns in a line of `width` characters; those without space are skipped."""
    line, free = [" "] * width, 0
    for label, column in zip(labels, columns, strict=True):
        start = min(max(0, column - len(label) // 2), width - len(label))
        if start >= free:
            line[start : start + len(label)] = label
            free = start + len(label) + 2
    return "".join(line)


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
