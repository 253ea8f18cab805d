"""The coordinates of a chart drawn as SVG; templates/chart.svg lays them out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from core.charts.ticks import tick_label
from core.reports.axes import Axes
from core.reports.document import Chart
from core.text.plain import plain

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, _WIDTH - 26, 34, _HEIGHT - 44
# Up to so many markers on a line can be told apart.
_MAX_MARKERS = 80
# The legend: the width of a key with its margins, and of a character.
_KEY_WIDTH, _CHARACTER_WIDTH = 54, 6.6


@dataclass(frozen=True)
class Tick:
    """A tick at a coordinate of its axis."""

    at: float
    label: str


@dataclass(frozen=True)
class DrawnLine:
    """A line: a path between any two gaps, and its markers."""

    style: str
    paths: Sequence[str]
    markers: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class DrawnMark:
    """The marked point, and where its label stands."""

    x: float
    y: float
    text_x: float
    text_y: float
    anchor: str


@dataclass(frozen=True)
class LegendItem:
    """A name in the legend, at `x`."""

    style: str
    label: str
    x: float


@dataclass(frozen=True)
class Drawing:
    """Coordinates of a chart: x to the right, y down, rounded to a tenth."""

    y_ticks: Sequence[Tick]
    x_ticks: Sequence[Tick]
    band: Sequence[str]
    lines: Sequence[DrawnLine]
    mark: DrawnMark | None
    legend: Sequence[LegendItem]
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    top: int = _TOP
    bottom: int = _BOTTOM


def draw(chart: Chart) -> Drawing | None:
    """Compute the drawing of `chart`; None if it has no finite value."""
    axes = Axes.of(chart, rows=6, columns=8)
    return None if axes is None else _Scale(chart, axes).drawing()


class _Scale:
    """Maps the values of a chart to coordinates."""

    def __init__(self, chart: Chart, axes: Axes) -> None:
        self._chart, self._axes = chart, axes

    def drawing(self) -> Drawing:
        return Drawing(
            y_ticks=[Tick(self._y(tick), tick_label(tick)) for tick in self._axes.y_ticks],
            x_ticks=[Tick(self._x(tick), tick_label(tick)) for tick in self._axes.x_ticks],
            band=self._band(),
            lines=list(self._lines()),
            mark=self._mark(),
            legend=list(_legend(self._chart)),
        )

    def _x(self, value: float) -> float:
        return round(_LEFT + value / self._chart.x_end * (_RIGHT - _LEFT), 1)

    def _y(self, value: float) -> float:
        """Values beyond the axis are drawn at its end."""
        low, high = self._axes.low, self._axes.high
        share = (min(max(value, low), high) - low) / (high - low)
        return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)

    def _path(self, points: Sequence[tuple[float, float]]) -> str:
        return "L".join(f"{self._x(x)} {self._y(y)}" for x, y in points)

    def _band(self) -> list[str]:
        """An outline between any two gaps."""
        band = self._chart.band
        if band is None:
            return []
        pieces = zip(_pieces(band.x, band.low), _pieces(band.x, band.high), strict=True)
        return [self._path([*above, *reversed(below)]) for below, above in pieces]

    def _lines(self) -> Iterator[DrawnLine]:
        for line in self._chart.lines:
            known = [(self._x(x), self._y(y)) for x, y in zip(line.x, line.y, strict=True) if y is not None]
            paths = [self._path(piece) for piece in _pieces(line.x, line.y)]
            yield DrawnLine(line.style, paths, known if len(known) <= _MAX_MARKERS else [])

    def _mark(self) -> DrawnMark | None:
        mark = self._chart.mark
        if mark is None:
            return None
        x, y = self._x(mark.x), self._y(mark.y)
        is_left, is_top = x < _WIDTH / 2, y < _TOP + 40
        return DrawnMark(
            x=x,
            y=y,
            text_x=round(x + 2 if is_left else x - 2, 1),
            text_y=round(y + (22 if is_top else -12), 1),
            anchor="start" if is_left else "end",
        )


def _legend(chart: Chart) -> Iterator[LegendItem]:
    """One line of names above the drawing."""
    names: list[tuple[str, str]] = [(line.style, line.label) for line in chart.lines]
    if chart.band is not None:
        names.insert(0, ("band", chart.band.label))
    x = float(_LEFT)
    for style, label in names:
        yield LegendItem(style, label, round(x, 1))
        x += _KEY_WIDTH + _CHARACTER_WIDTH * len(plain(label))


def _pieces(x: Sequence[float], y: Sequence[float | None]) -> Iterator[list[tuple[float, float]]]:
    """Yield the points between gaps."""
    for is_known, group in groupby(zip(x, y, strict=True), lambda point: point[1] is not None):
        if is_known:
            yield [(place, value) for place, value in group if value is not None]
