"""A chart as SVG that stands in a page: its colours are the page's, by class."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from core.charts.ticks import tick_label
from core.reports.axes import Axes
from core.reports.document import Band, Chart, Line, Mark
from core.reports.escaping import as_html
from core.text.plain import plain

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 26, 34, 44
# So many markers on one line can be told apart.
_MARKERS = 80

STYLES = """
svg text { font: 12px system-ui, sans-serif; fill: var(--muted); }
svg .axis { stroke: var(--line); }
svg .grid { stroke: var(--line); stroke-opacity: .45; }
svg .band { fill: var(--main); fill-opacity: .22;
  stroke: var(--main); stroke-opacity: .5; stroke-width: .8; }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .main { stroke: var(--main); stroke-width: 2.5; }
svg .points { stroke: var(--points); }
svg .second { stroke: var(--second); stroke-dasharray: 7 4; }
svg .guide { stroke: var(--muted); stroke-dasharray: 1 5; stroke-linecap: round; }
svg circle.points { fill: var(--points); stroke: none; }
svg rect.second { fill: var(--paper); stroke: var(--second); stroke-width: 1.5; stroke-dasharray: none; }
svg .best { fill: none; stroke: var(--text); stroke-width: 1.5; }
svg text.best { fill: var(--text); stroke: none; font-weight: 600; }
svg text.legend { fill: var(--text); }
"""


def svg(chart: Chart) -> str:
    """The drawing; nothing where the chart has no value to show."""
    axes = Axes.of(chart, rows=6, columns=8)
    return "" if axes is None else "\n".join(_Drawing(chart, axes).elements())


class _Drawing:
    """A chart in units of the drawing: x to the right, y down."""

    def __init__(self, chart: Chart, axes: Axes) -> None:
        self._chart, self._axes = chart, axes

    def elements(self) -> Iterator[str]:
        """From what lies below to what lies on top."""
        chart = self._chart
        yield (
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">'
            f"<title>{as_html(chart.title)}</title><desc>{as_html(chart.description)}</desc>"
        )
        yield from self._grid()
        if chart.band is not None:
            yield from self._band(chart.band)
        for line in chart.lines:
            yield from self._line(line)
        if chart.mark is not None:
            yield self._mark(chart.mark)
        yield from self._legend()
        yield "</svg>"

    def _x(self, value: float) -> float:
        return round(_LEFT + value / self._chart.x_end * (_WIDTH - _LEFT - _RIGHT), 1)

    def _y(self, value: float) -> float:
        """Values beyond the axis lie on its edge."""
        low, high = self._axes.low, self._axes.high
        share = (min(max(value, low), high) - low) / (high - low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)

    def _grid(self) -> Iterator[str]:
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        for tick in self._axes.y_ticks:
            y = self._y(tick)
            yield f'<path class="grid" d="M{_LEFT} {y}H{right}"/>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick_label(tick)}</text>'
        for tick in self._axes.x_ticks:
            x = self._x(tick)
            yield f'<path class="axis" d="M{x} {bottom}v5"/>'
            yield f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{tick_label(tick)}</text>'
        yield f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
        middle = (_LEFT + right) / 2
        label = as_html(self._chart.x_label)
        yield f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">{label}</text>'

    def _band(self, band: Band) -> Iterator[str]:
        lows, highs = _runs(band.x, band.low), _runs(band.x, band.high)
        for below, above in zip(lows, highs, strict=True):
            outline = [*above, *reversed(below)]
            yield f'<path class="band" d="M{self._path(outline)}Z"/>'

    def _line(self, line: Line) -> Iterator[str]:
        for run in _runs(line.x, line.y):
            yield f'<path class="line {line.style}" d="M{self._path(run)}"/>'
        known = [(x, y) for x, y in zip(line.x, line.y, strict=True) if y is not None]
        if len(known) <= _MARKERS:
            for x, y in known:
                yield _marker(line.style, self._x(x), self._y(y))

    def _path(self, points: Sequence[tuple[float, float]]) -> str:
        return "L".join(f"{self._x(x)} {self._y(y)}" for x, y in points)

    def _mark(self, mark: Mark) -> str:
        x, y = self._x(mark.x), self._y(mark.y)
        is_left, is_top = x < _WIDTH / 2, y < _TOP + 40
        anchor, beside = ("start", x + 2) if is_left else ("end", x - 2)
        return (
            f'<circle class="best" cx="{x}" cy="{y}" r="7"/>'
            f'<text class="best" x="{beside:.1f}" y="{y + (22 if is_top else -12):.1f}" '
            f'text-anchor="{anchor}">{as_html(mark.label)}</text>'
        )

    def _legend(self) -> Iterator[str]:
        """One line of names above the drawing."""
        x = float(_LEFT)
        names: list[tuple[str, str]] = [(line.style, line.label) for line in self._chart.lines]
        if self._chart.band is not None:
            names.insert(0, ("band", self._chart.band.label))
        for style, label in names:
            if style == "band":
                yield f'<rect class="band" x="{x:.1f}" y="11" width="24" height="8"/>'
            else:
                yield f'<path class="line {style}" d="M{x:.1f} 15h24"/>'
                yield _marker(style, x + 12, 15)
            yield f'<text class="legend" x="{x + 30:.1f}" y="19">{as_html(label)}</text>'
            x += 54 + 6.6 * len(plain(label))


def _marker(style: str, x: float, y: float) -> str:
    """What stands on each point: nothing, a dot, or a diamond."""
    if style == "points":
        return f'<circle class="points" cx="{x}" cy="{y}" r="3"/>'
    if style == "second":
        corner = f'x="{x - 2.8:.1f}" y="{y - 2.8:.1f}" width="5.6" height="5.6"'
        return f'<rect class="second" {corner} transform="rotate(45 {x} {y})"/>'
    return ""


def _runs(x: Sequence[float], y: Sequence[float | None]) -> Iterator[list[tuple[float, float]]]:
    """The points between gaps."""
    for is_known, group in groupby(zip(x, y, strict=True), lambda point: point[1] is not None):
        if is_known:
            yield [(place, value) for place, value in group if value is not None]
