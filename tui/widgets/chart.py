"""LineChart: curves over training steps in braille, drawn line by line as strips."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, Literal

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets import braille
from tui.widgets.braille import Bins, Floats, Pattern

Tone = Literal["faint", "main", "points", "second"]

# Below this many cells nothing can be read from a chart.
LEAST_WIDTH, LEAST_HEIGHT = 16, 4


@dataclass(frozen=True)
class Curve:
    """One curve. Later curves are drawn over earlier ones.

    Args:
        label: its name in the legend.
        bins: its values.
        pattern: how its line is drawn, so that curves differ without colour.
        tone: its style, a component class of the chart.
        points: steps and values that get a marker and must be visible.
        marker: the character of these points.
    """

    label: str
    bins: Bins
    pattern: Pattern
    tone: Tone
    points: Sequence[tuple[float, float]] = ()
    marker: str = ""

    @property
    def key(self) -> str:
        """What stands for the curve in the legend."""
        return self.marker or {"solid": "─", "heavy": "━", "stipple": "⢕⢕", "dashes": "╌"}[self.pattern]


@dataclass(frozen=True)
class Mark:
    """A point with a label: the best evaluation."""

    step: float
    value: float
    label: str


@dataclass(frozen=True)
class Frame:
    """Everything one picture shows. `limits` are values that the axis never goes beyond."""

    curves: Sequence[Curve] = ()
    x_end: float = 1.0
    best: Mark | None = None
    resumed_from: int | None = None
    limits: tuple[float, float] = (-np.inf, np.inf)
    message: str = ""
    """Shown in place of the curves when there are none."""


class LineChart(Widget):
    """A chart of curves: value over step."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--faint",
        "chart--main",
        "chart--points",
        "chart--second",
        "chart--best",
        "chart--axis",
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._frame = Frame()
        self._strips: list[Strip] = []

    def show(self, frame: Frame) -> None:
        """Draw `frame`."""
        labels = [(curve.label, curve.key) for curve in frame.curves]
        if labels != [(curve.label, curve.key) for curve in self._frame.curves]:
            legend = "  ".join(f"{key} {label}" for label, key in labels)
            self.border_subtitle = Content(legend)
        self._frame = frame
        before, self._strips = self._strips, self._draw(*self.content_size)
        if len(before) != len(self._strips):
            self.refresh()
        elif changed := [row for row, strip in enumerate(self._strips) if strip != before[row]]:
            self.refresh(*(Region(0, row, self.content_size.width, 1) for row in changed))

    def notify_style_update(self) -> None:
        """Draw again with the new styles."""
        self._strips = []
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One line of the chart."""
        width, height = self.content_size
        if len(self._strips) != height or self._strips[0].cell_length != width:
            self._strips = self._draw(width, height)
        return self._strips[y] if y < height else Strip.blank(width, self.rich_style)

    def _draw(self, width: int, height: int) -> list[Strip]:
        frame = self._frame
        extent = braille.robust_range(
            [(curve.bins.low, curve.bins.high) for curve in frame.curves if not curve.points],
            [value for curve in frame.curves for _, value in curve.points],
        )
        if extent is None or width < LEAST_WIDTH or height < LEAST_HEIGHT:
            return self._draw_message(width, height)
        low, high, step = braille.nice_range(*extent, max(3, (height - 1) // 3))
        low, high = max(low, frame.limits[0]), min(high, frame.limits[1])
        ticks = _ticks(low, high, step)
        labels = [_tick_label(tick, step) for tick in ticks]
        gutter = max(4, *map(len, labels)) + 1
        plot = _Plot(frame, width - gutter, height - 1, low, high)
        return [
            *self._plot_lines(plot, dict(zip(plot.rows_of(ticks), labels, strict=True)), gutter),
            self._x_axis(plot, gutter),
        ]

    def _draw_message(self, width: int, height: int) -> list[Strip]:
        axis = self._style("axis")
        message = self._frame.message[:width] if height else ""
        lines = [Strip.blank(width, self.rich_style) for _ in range(height)]
        if message:
            lines[height // 2] = Strip([Segment(message.center(width), axis)], width)
        return lines

    def _plot_lines(self, plot: "_Plot", labels: dict[int, str], gutter: int) -> list[Strip]:
        plot.draw()
        styles = {
            name: self._style(name) for name in ("", "faint", "main", "points", "second", "best", "axis")
        }
        lines = []
        for row in range(plot.height):
            label = labels.get(row, "")
            segments = [Segment(label.rjust(gutter - 1) + ("┤" if label else "│"), styles["axis"])]
            text, start = "".join(plot.text[row]), 0
            for tone, group in groupby(plot.tones[row]):
                end = start + len(list(group))
                segments.append(Segment(text[start:end], styles[tone]))
                start = end
            lines.append(Strip(segments, gutter + plot.width))
        return lines

    def _x_axis(self, plot: "_Plot", gutter: int) -> Strip:
        x_end = self._frame.x_end
        step = max(1.0, braille.nice_step(x_end, max(1, plot.width // 11)))
        line = [" "] * plot.width
        free = 0
        for tick in np.arange(0.0, x_end + step / 2, step):
            label = f"{tick:.0f}" if tick < 1e6 else f"{tick:.3g}"
            column = min(plot.column(float(tick)), plot.width)
            start = min(max(0, column - len(label) // 2), plot.width - len(label))
            if tick <= x_end and start >= free:
                line[start : start + len(label)] = label
                free = start + len(label) + 2
        text = "step".rjust(gutter - 1) + " " + "".join(line)
        return Strip([Segment(text, self._style("axis"))], gutter + plot.width)

    def _style(self, tone: str) -> Style:
        return self.get_component_rich_style(f"chart--{tone}") if tone else self.rich_style


class _Plot:
    """The cells between the axes: a character and a tone each."""

    def __init__(self, frame: Frame, width: int, height: int, low: float, high: float) -> None:
        self.width, self.height = width, height
        self.frame, self._low, self._high = frame, low, high
        self.text = [[" "] * width for _ in range(height)]
        self.tones = [[""] * width for _ in range(height)]

    def draw(self) -> None:
        """Fill the cells, from what lies below to what lies on top."""
        frame = self.frame
        if frame.resumed_from and frame.resumed_from <= frame.x_end:
            for row in range(self.height):
                self._put(row, self.column(frame.resumed_from), "┊", "axis")
        for curve in frame.curves:
            self._draw_curve(curve)
        for curve in frame.curves:
            self._draw_points(curve)
        if frame.best is not None and np.isfinite(frame.best.value):
            self._draw_best(frame.best)

    def column(self, step: float) -> int:
        """The cell column of a step."""
        return int(braille.dot_columns(np.array([float(step)]), self.frame.x_end, self.width * 2)[0]) // 2

    def rows_of(self, values: Floats) -> list[int]:
        """The cell rows of values."""
        rows: list[int] = (braille.dot_rows(values, self._low, self._high, self.height * 4) // 4).tolist()
        return rows

    def _row(self, value: float) -> int:
        return self.rows_of(np.array([value]))[0]

    def _put(self, row: int, column: int, text: str, tone: str) -> None:
        if 0 <= column < self.width and 0 <= row < self.height:
            self.text[row][column], self.tones[row][column] = text, tone

    def _draw_curve(self, curve: Curve) -> None:
        low, high = braille.spans(curve.bins, self.frame.x_end, self.width * 2)
        picture = braille.dots(low, high, self._low, self._high, self.height * 4, curve.pattern)
        codes = braille.characters(picture)
        rows, columns = np.nonzero(codes)
        for row, column, code in zip(
            rows.tolist(), columns.tolist(), codes[rows, columns].tolist(), strict=True
        ):
            self.text[row][column], self.tones[row][column] = chr(braille.BLANK + code), curve.tone

    def _draw_points(self, curve: Curve) -> None:
        points = np.array(curve.points, dtype=np.float64).reshape(-1, 2)
        steps, values = points[np.isfinite(points[:, 1])].T
        columns = braille.dot_columns(steps, self.frame.x_end, self.width * 2) // 2
        for row, column in zip(self.rows_of(values), columns.tolist(), strict=True):
            self._put(row, column, curve.marker, curve.tone)

    def _draw_best(self, best: Mark) -> None:
        row, column = self._row(best.value), self.column(best.step)
        self._put(row, column, "▲", "best")
        beside = row - 1 if row > 0 else row + 1
        start = min(max(0, column - len(best.label) // 2), max(0, self.width - len(best.label)))
        for offset, character in enumerate(best.label):
            self._put(beside, start + offset, character, "best")


def _ticks(low: float, high: float, step: float) -> Floats:
    first = np.ceil(low / step - 1e-9)
    ticks: Floats = np.arange(first, high / step + 1e-9) * step
    return ticks


def _tick_label(value: float, step: float) -> str:
    """The tick with as many digits as its distance needs; very large and small ones as powers of ten."""
    value += 0.0  # -0.0 reads badly
    if step >= 1e5 or step < 1e-5:
        return f"{value:.1e}"
    digits = next((digits for digits in range(7) if abs(round(step, digits) - step) < step * 1e-6), 6)
    return f"{value:.{digits}f}"
