"""LineChart: draws a frame of curves and redraws only what changed."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.charts.canvas import Canvas
from tui.widgets.charts.plot import TONES, Frame, draw


class LineChart(Widget):
    """Curves of values over steps."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{tone}" for tone in TONES if tone}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._frame = Frame()
        self._canvas: Canvas | None = None
        # Rows rendered since they changed.
        self._strips: dict[int, Strip] = {}

    def show(self, frame: Frame) -> None:
        """Draw `frame`."""
        labels = [(curve.label, curve.key) for curve in frame.curves]
        if labels != [(curve.label, curve.key) for curve in self._frame.curves]:
            legend = "  ".join(f"{key} {label}" for label, key in labels if label)
            self.border_subtitle = Content(legend)
        message, self._frame = self._frame.message, frame
        before, self._canvas = self._canvas, draw(frame, *self.content_size)
        if before is None and self._canvas is None and message == frame.message:
            return
        if before is None or self._canvas is None or before.size != self._canvas.size:
            self._strips.clear()
            self.refresh()
        elif changes := self._canvas.changes(before):
            for region in changes:
                self._strips.pop(region.y, None)
            self.refresh(*changes)

    def notify_style_update(self) -> None:
        """Redraw with the new styles."""
        self._strips.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One line of the chart."""
        if self._canvas is None or self._canvas.size != self.content_size:
            self._canvas = draw(self._frame, *self.content_size)
            self._strips.clear()
        if y not in self._strips:
            self._strips[y] = self._strip(y)
        return self._strips[y]

    def _strip(self, y: int) -> Strip:
        width, height = self.content_size
        if self._canvas is not None and y < height:
            return self._canvas.strip(y, [self._style(tone) for tone in TONES])
        message = self._frame.message[:width]
        if message and y == height // 2:
            return Strip([Segment(message.center(width), self._style("axis"))], width)
        return Strip.blank(width, self.rich_style)

    def _style(self, tone: str) -> Style:
        return self.get_component_rich_style(f"chart--{tone}") if tone else self.rich_style
