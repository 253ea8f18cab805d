"""Draws a frame on a canvas: axes, curves in braille, points, flags, and the best point."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.charts import braille
from core.charts.bins import Bins, Floats
from core.charts.braille import Pattern
from core.charts.ticks import aligned_label, label_line, nice_range, robust_range, step_ticks, ticks
from tui.widgets.charts.canvas import Canvas

Tone = Literal["", "faint", "main", "points", "second", "best", "axis", "flag"]
TONES: tuple[Tone, ...] = ("", "faint", "main", "points", "second", "best", "axis", "flag")

# Cells below which a chart is unreadable.
LEAST_WIDTH, LEAST_HEIGHT = 16, 4
NO_POINTS: Floats = np.empty((0, 2))


@dataclass(frozen=True)
class Curve:
    """One curve. Later curves are drawn over earlier ones.

    Args:
        label: its name in the legend; empty for none.
        bins: its values.
        pattern: how its line is drawn, so that curves differ without colour.
        tone: its style, a component class of the chart.
        points: steps and values, one row each, drawn with a marker and always inside the range.
        marker: the character of these points.
    """

    label: str
    bins: Bins
    pattern: Pattern
    tone: Tone
    points: Floats = field(default_factory=lambda: NO_POINTS)
    marker: str = ""

    @property
    def key(self) -> str:
        """Its symbol in the legend."""
        return self.marker or {"solid": "─", "heavy": "━", "stipple": "⢕⢕", "dashes": "╌"}[self.pattern]


@dataclass(frozen=True)
class Mark:
    """A labelled point: the best evaluation."""

    step: float
    value: float
    label: str


class Flag(NamedTuple):
    """Events at a step: a dotted line with letters at its top."""

    step: float
    letters: str


@dataclass(frozen=True)
class Frame:
    """One chart. The y axis never exceeds `limits`."""

    curves: Sequence[Curve] = ()
    x_end: float = 1.0
    best: Mark | None = None
    flags: Sequence[Flag] = ()
    limits: tuple[float, float] = (-np.inf, np.inf)
    extent: tuple[float, float] | None = None
    """Range of the y axis; by default that of the curves."""
    x_name: str = "step"
    """Unit of the x axis, four letters at most."""
    message: str = ""
    """Shown when there are no curves."""


def draw(frame: Frame, width: int, height: int) -> Canvas | None:
    """Draw `frame` in `width` × `height` cells; None if it is empty or the space too small."""
    if not frame.curves or width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return None
    extent = frame.extent or robust_range(
        [(curve.bins.low, curve.bins.high) for curve in frame.curves if not len(curve.points)],
        np.concatenate([curve.points[:, 1] for curve in frame.curves]),
    )
    if extent is None:
        return None
    low, high, step = nice_range(*extent, max(3, (height - 1) // 3))
    low, high = max(low, frame.limits[0]), min(high, frame.limits[1])
    y_ticks = ticks(low, high, step)
    labels = [aligned_label(tick, step) for tick in y_ticks.tolist()]
    gutter = max([4, *map(len, labels)]) + 1
    plot = _Plot(Canvas(width, height), frame, gutter, low, high)
    plot.draw_y_axis(y_ticks, labels)
    plot.draw_x_axis()
    plot.draw_curves()
    return plot.canvas


class _Plot:
    """A canvas with the y axis in its first `gutter` columns and the x axis in its last row."""

    def __init__(self, canvas: Canvas, frame: Frame, gutter: int, low: float, high: float) -> None:
        self.canvas, self._frame, self._gutter = canvas, frame, gutter
        self._width, self._height = canvas.width - gutter, canvas.height - 1
        self._low, self._high = low, high

    def draw_y_axis(self, y_ticks: Floats, labels: Sequence[str]) -> None:
        """A line with a label at each tick."""
        rows, columns = np.divmod(np.arange(self._height * self._gutter), self._gutter)
        line = np.where(columns == self._gutter - 1, ord("│"), ord(" ")).astype(np.uint32)
        self._put(rows, columns - self._gutter, line, "axis")
        for row, label in zip(self._rows(y_ticks).tolist(), labels, strict=True):
            self._write(row, -self._gutter, label.rjust(self._gutter - 1) + "┤", "axis")

    def draw_x_axis(self) -> None:
        """The name of the axis, and as many labels as fit."""
        x_ticks = step_ticks(self._frame.x_end, max(1, self._width // 11))
        labels = [f"{tick:.0f}" if tick < 1e6 else f"{tick:.3g}" for tick in x_ticks.tolist()]
        line = label_line(labels, self._columns(x_ticks).tolist(), self._width)
        self._write(
            self._height, -self._gutter, self._frame.x_name.rjust(self._gutter - 1) + " " + line, "axis"
        )

    def draw_curves(self) -> None:
        """Draw flags, lines, points and the best point, in this order."""
        frame = self._frame
        flags = [flag for flag in frame.flags if 0 < flag.step <= frame.x_end]
        columns = self._columns(np.array([flag.step for flag in flags], dtype=float)).tolist()
        for column in set(columns):
            for row in range(self._height):
                self._write(row, column, "┊", "axis")
        for curve in frame.curves:
            self._draw_line(curve)
        for curve in frame.curves:
            self._draw_points(curve)
        if frame.best is not None and np.isfinite(frame.best.value):
            self._draw_best(frame.best)
        self._draw_letters(flags, columns)

    def _draw_letters(self, flags: Sequence[Flag], columns: Sequence[int]) -> None:
        """Write each letter once a column, moved sideways so that none hides another."""
        letters: dict[int, dict[str, None]] = {}
        for flag, column in sorted(zip(flags, columns, strict=True), key=itemgetter(1)):
            letters.setdefault(column, {}).update(dict.fromkeys(flag.letters))
        texts, starts, free = ["".join(each) for each in letters.values()], [], 0
        for text, column in zip(texts, letters, strict=True):
            starts.append(max(free, column))
            free = starts[-1] + len(text)
        end = self._width
        for text, start in zip(reversed(texts), reversed(starts), strict=True):
            end = min(start, end - len(text))
            if end < 0:
                break
            self._write(0, end, text, "flag")

    def _draw_line(self, curve: Curve) -> None:
        low, high = braille.spans(curve.bins, self._frame.x_end, self._width * 2)
        picture = braille.dots(low, high, self._low, self._high, self._height * 4, curve.pattern)
        codes = braille.characters(picture)
        rows, columns = np.nonzero(codes)
        self._put(rows, columns, codes[rows, columns].astype(np.uint32) + braille.BLANK, curve.tone)

    def _draw_points(self, curve: Curve) -> None:
        steps, values = curve.points[np.isfinite(curve.points[:, 1])].T
        if len(steps):
            self._put(self._rows(values), self._columns(steps), ord(curve.marker), curve.tone)

    def _draw_best(self, best: Mark) -> None:
        row = int(self._rows(np.array([best.value]))[0])
        column = int(self._columns(np.array([best.step]))[0])
        self._write(row, column, "▲", "best")
        top = 1 if self._frame.flags else 0  # the first row holds the letters
        beside = row - 1 if row > top else row + 1
        start = min(max(0, column - len(best.label) // 2), max(0, self._width - len(best.label)))
        self._write(beside, start, best.label, "best")

    def _columns(self, steps: Floats) -> NDArray[np.intp]:
        """The cell columns of steps, counted from the y axis."""
        columns: NDArray[np.intp] = braille.dot_columns(steps, self._frame.x_end, self._width * 2) // 2
        return columns

    def _rows(self, values: Floats) -> NDArray[np.intp]:
        """The cell rows of values."""
        rows: NDArray[np.intp] = braille.dot_rows(values, self._low, self._high, self._height * 4) // 4
        return rows

    def _put(
        self, rows: NDArray[np.intp], columns: NDArray[np.intp], codes: NDArray[np.uint32] | int, tone: Tone
    ) -> None:
        self.canvas.put(rows, columns + self._gutter, codes, TONES.index(tone))

    def _write(self, row: int, column: int, text: str, tone: Tone) -> None:
        self.canvas.write(row, column + self._gutter, text, TONES.index(tone))
