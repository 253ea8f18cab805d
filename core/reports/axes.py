"""The axes of a chart: range and ticks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.charts.bins import Floats
from core.charts.ticks import nice_range, robust_range, step_ticks, ticks
from core.reports.document import Chart


@dataclass(frozen=True)
class Axes:
    """Range of the y axis, and the ticks of both axes. The x axis begins at 0."""

    low: float
    high: float
    y_ticks: Sequence[float]
    x_ticks: Sequence[float]

    @classmethod
    def of(cls, chart: Chart, *, rows: int, columns: int) -> "Axes | None":
        """Compute axes with about so many ticks; None if the chart has no finite value."""
        band = chart.band
        spans = [(values(band.low), values(band.high))] if band else []
        extent = robust_range(spans, np.concatenate([values(line.y) for line in chart.lines]))
        if extent is None:
            return None
        low, high = chart.limits if chart.is_fixed else extent
        low, high, step = nice_range(low, high, rows)
        low, high = max(low, chart.limits[0]), min(high, chart.limits[1])
        x_ticks = step_ticks(chart.x_end, columns, is_whole=chart.x_end > 1)
        return cls(low, high, ticks(low, high, step).tolist(), x_ticks.tolist())


def values(numbers: Sequence[float | None]) -> Floats:
    """Return numbers as an array, None as NaN."""
    return np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)
