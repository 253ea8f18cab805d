"""Charts drawn in characters, for terminals and Markdown."""

from dataclasses import replace

import numpy as np

from core.charts import braille
from core.charts.bins import Floats
from core.charts.braille import Pattern
from core.charts.ticks import label_line, tick_label
from core.reports.axes import Axes, values
from core.reports.document import Chart, Line, Style

_PATTERNS: dict[Style, Pattern] = {
    "main": "heavy",
    "points": "solid",
    "second": "dashes",
    "guide": "stipple",
}
_MARKERS: dict[Style, str] = {"points": "●", "second": "◇"}
_KEYS: dict[Style, str] = {"main": "━", "points": "●", "second": "◇", "guide": "⢕"}
# Up to so many markers on a line can be told apart.
_MAX_MARKERS = 36


def text_chart(chart: Chart, width: int = 72, height: int = 12) -> list[str]:
    """Draw `chart` with axes and legend, as lines of characters; none if it has no finite value.

    Args:
        chart: the chart; its band is not drawn.
        width: of the drawing, in characters.
        height: of the drawing, in lines.
    """
    chart = replace(chart, band=None)
    axes = Axes.of(chart, rows=height // 3, columns=6)
    if axes is None:
        return []
    cells = _draw(chart, axes, width, height)
    labels = {_row(tick, axes, height): tick_label(tick) for tick in axes.y_ticks}
    gutter = max(map(len, labels.values()), default=0)
    found = [f"{labels.get(row, ''):>{gutter}} ┤{''.join(line).rstrip()}" for row, line in enumerate(cells)]
    found.append(" " * gutter + " └" + "─" * width)
    found.append(" " * (gutter + 2) + _steps(chart, axes, width))
    legend = "   ".join(f"{_KEYS[line.style]} {line.label}" for line in chart.lines)
    best = f"   ▲ {chart.mark.label}" if chart.mark else ""
    return [*found, " " * (gutter + 2) + legend + best]


def _draw(chart: Chart, axes: Axes, width: int, height: int) -> list[list[str]]:
    picture = np.zeros((height * 4, width * 2), dtype=np.bool_)
    for line in chart.lines:
        low, high = _spans(line, chart.x_end, width * 2)
        picture |= braille.dots(low, high, axes.low, axes.high, height * 4, _PATTERNS[line.style])
    cells = [
        [chr(braille.BLANK + int(code)) if code else " " for code in row]
        for row in braille.characters(picture)
    ]
    for line in chart.lines:
        known = [(x, y) for x, y in zip(line.x, line.y, strict=True) if y is not None]
        if line.style in _MARKERS and len(known) <= _MAX_MARKERS:
            for x, y in known:
                cells[_row(y, axes, height)][_column(x, chart, width)] = _MARKERS[line.style]
    if chart.mark is not None:
        cells[_row(chart.mark.y, axes, height)][_column(chart.mark.x, chart, width)] = "▲"
    return cells


def _spans(line: Line, x_end: float, columns: int) -> tuple[Floats, Floats]:
    """Return the lowest and highest value of a line in each column of dots; gaps are bridged."""
    x, y = values(line.x), values(line.y)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    low, high = np.full(columns, np.nan), np.full(columns, np.nan)
    if not len(x):
        return low, high
    edges = np.linspace(0.0, x_end, columns + 1)
    first, last = np.searchsorted(edges, [x[0], x[-1]], "right") - 1
    inside = slice(min(first, columns - 1), min(last, columns - 1) + 1)
    ends = np.interp(np.stack([edges[:-1], edges[1:]]), x, y)[:, inside]
    low[inside], high[inside] = ends.min(0), ends.max(0)
    # Include peaks between the edges of a column.
    place = np.clip(np.searchsorted(edges, x, "right") - 1, 0, columns - 1)
    np.fmin.at(low, place, y)
    np.fmax.at(high, place, y)
    return low, high


def _row(value: float, axes: Axes, height: int) -> int:
    return int(braille.dot_rows(np.array([value]), axes.low, axes.high, height * 4)[0]) // 4


def _column(value: float, chart: Chart, width: int) -> int:
    return min(width - 1, int(value / chart.x_end * width))


def _steps(chart: Chart, axes: Axes, width: int) -> str:
    """The labels of the axis, as many as fit, and its name."""
    columns = [_column(tick, chart, width) for tick in axes.x_ticks]
    return label_line(list(map(tick_label, axes.x_ticks)), columns, width).rstrip() + f"  {chart.x_label}"
