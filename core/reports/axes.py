"""The axes of a chart: what they span and where their ticks are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.charts.bins import Floats
from core.charts.ticks import nice_range, nice_step, robust_range
from core.reports.document import Chart


@dataclass(frozen=True)
class Axes:
    """The range of the upright axis and the ticks of both; the other begins at 0."""

    low: float
    high: float
    y_ticks: Sequence[float]
    x_ticks: Sequence[float]

    @classmethod
    def of(cls, chart: Chart, *, rows: int, columns: int) -> "Axes | None":
        """Axes for `chart` with about so many ticks; None where it has no value to show."""
        band = chart.band
        spans = [(values(band.low), values(band.high))] if band else []
        extent = robust_range(spans, np.concatenate([values(line.y) for line in chart.lines]))
        if extent is None:
            return None
        low, high = chart.limits if chart.is_fixed else extent
        low, high, step = nice_range(low, high, rows)
        low, high = max(low, chart.limits[0]), min(high, chart.limits[1])
        # Whole steps only, and parts of one where the axis is that short.
        apart = nice_step(chart.x_end, columns)
        apart = max(1.0, apart) if chart.x_end > 1 else apart
        return cls(low, high, _ticks(low, high, step), _ticks(0.0, chart.x_end, apart))


def values(numbers: Sequence[float | None]) -> Floats:
    """Numbers as an array; None becomes NaN."""
    return np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)


def tick_label(tick: float) -> str:
    """A tick in few characters."""
    if abs(tick) >= 1e6:
        return f"{tick / 1e6:g} M"
    return f"{tick:,.0f}" if abs(tick) >= 1000 else f"{tick:g}"


def _ticks(low: float, high: float, step: float) -> list[float]:
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [round(float(number * step), 9) + 0.0 for number in np.arange(first, last + 1)]
