"""ConfusionMatrix: counts by true and predicted label, with a cursor."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from core.text import format
from core.text.plain import plain
from tui.widgets.panel import shorten
from tui.wording.evaluation import confusions

# Cells of a row name, of a column, and of a column wide enough for names.
_SIDE, _MOST_COLUMN, _NAMED_COLUMN = 24, 14, 8
# Lines above and below the rows.
_HEAD, _FOOT = 1, 2
_CORNER = "true \\ predicted"
# Backgrounds by least share of the row, exact in a terminal of 256 colours.
_RIGHT = ((0.67, "#008700"), (0.33, "#005f00"), (0.0, "#303030"))
_WRONG = ((0.25, "#af5f00"), (0.1, "#870000"), (0.05, "#5f0000"), (0.0, "#303030"))


class _Layout(NamedTuple):
    """Cells of the row names and of a column; visible columns and rows."""

    side: int
    column: int
    columns: int
    rows: int


class ConfusionMatrix(Widget, can_focus=True):
    """Counts, shaded by their share of the row. It scrolls below its fixed names."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"confusion--name", "confusion--chosen", "confusion--none"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "up", show=False),
        Binding("down,j", "move(1, 0)", "down", show=False),
        Binding("left,h", "move(0, -1)", "left", show=False),
        Binding("right,l", "move(0, 1)", "right", show=False),
        Binding("pageup", "page(-1, 0)", "page up", show=False),
        Binding("pagedown", "page(1, 0)", "page down", show=False),
        Binding("home", "page(0, -1)", "page left", show=False),
        Binding("end", "page(0, 1)", "page right", show=False),
    ]

    class Opened(Message):
        """Show the texts of a cell, given by its true and predicted label."""

        def __init__(self, label: int, predicted: int) -> None:
            super().__init__()
            self.label = label
            self.predicted = predicted

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._message = ""
        self._names: list[str] = []
        self._counts: Sequence[Sequence[int]] = []
        self._confusions: list[tuple[int, int]] = []
        self._confusion = -1
        self.cursor = (0, 0)
        """Indices of the true and the predicted label."""
        self._first = (0, 0)

    def show(self, names: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show `counts`: a row for each true label, a column for each predicted one."""
        if len(names) != len(self._names):
            self.cursor = self._first = (0, 0)
        self._names, self._counts = [plain(name) for name in names], counts
        self._confusions, self._confusion = confusions(counts), -1
        self._changed()

    def show_message(self, message: str) -> None:
        """Show why there is no matrix."""
        self._message = message
        self.show([], [])

    def on_resize(self) -> None:
        """Keep the cursor visible."""
        self._changed()

    def open_cell(self) -> None:
        """Request the texts of the selected cell."""
        if self._names and self._counts[self.cursor[0]][self.cursor[1]]:
            self.post_message(self.Opened(*self.cursor))

    def go_to_confusion(self, direction: int) -> None:
        """Go to the next confusion by frequency, or to the previous one."""
        if self._confusions:
            self._confusion = (self._confusion + direction) % len(self._confusions)
            label, predicted = self._confusions[self._confusion]
            layout = self._layout  # centre it
            self._first = label - layout.rows // 2, predicted - layout.columns // 2
            self.go_to(label, predicted)

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor by cells."""
        self.go_to(self.cursor[0] + down, self.cursor[1] + right)

    def action_page(self, down: int, right: int) -> None:
        """Move the cursor by one page."""
        layout = self._layout
        self.go_to(self.cursor[0] + down * layout.rows, self.cursor[1] + right * layout.columns)

    def go_to(self, label: int, predicted: int) -> None:
        """Move the cursor to a cell, or to the nearest one."""
        last = len(self._names) - 1
        self.cursor = min(max(0, label), last), min(max(0, predicted), last)
        self._changed()

    def _changed(self) -> None:
        layout = self._layout
        top = min(max(self._first[0], self.cursor[0] - layout.rows + 1), self.cursor[0])
        left = min(max(self._first[1], self.cursor[1] - layout.columns + 1), self.cursor[1])
        # Leave no empty space while there are cells to show.
        count = len(self._names)
        self._first = max(0, min(top, count - layout.rows)), max(0, min(left, count - layout.columns))
        self.border_subtitle = self._part(layout)
        self.refresh()

    def _part(self, layout: _Layout) -> Content:
        """The visible part, if it is not all."""
        count = len(self._names)
        if layout.rows >= count and layout.columns >= count:
            return Content("")
        (top, left), bottom = self._first, min(count, self._first[0] + layout.rows)
        right = min(count, left + layout.columns)
        return Content(f"rows {top + 1} to {bottom}, columns {left + 1} to {right} of {count}")

    # Drawing.

    @property
    def _layout(self) -> _Layout:
        count = len(self._names)
        width, height = self.content_size
        names = max((Content(name).cell_length for name in self._names), default=0)
        side = min(max(names + len(str(count)) + 2, len(_CORNER) + 1), _SIDE, width // 3)
        digits = max((len(f"{most:,}") for most in map(max, self._counts)), default=1)
        narrowest = max(digits, len(str(count))) + 2
        column = max(narrowest, min(_MOST_COLUMN, (width - side) // max(1, count)))
        return _Layout(side, column, max(1, (width - side) // column), max(1, height - _HEAD - _FOOT))

    def render_line(self, y: int) -> Strip:
        """Column names, a row, or the selected cell in words."""
        width, height = self.content_size
        if not self._names:
            message = self._message if y == height // 2 else ""
            return Strip([Segment(message[:width].center(width), self._style("none"))], width)
        layout = self._layout
        row = self._first[0] + y - _HEAD
        segments: list[Segment] = []
        if y == 0:
            segments = self._head(layout)
        elif y == height - 1:
            segments = [Segment(shorten(self._cell(), width), self._style("chosen"))]
        elif y < _HEAD + layout.rows and row < len(self._names):
            segments = self._row(row, layout)
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _head(self, layout: _Layout) -> list[Segment]:
        segments = [Segment(_padded(_CORNER, layout.side), self._style("none"))]
        for number in self._columns(layout):
            name = self._names[number] if layout.column >= _NAMED_COLUMN else str(number + 1)
            style = self._style("chosen" if number == self.cursor[1] else "name")
            segments.append(Segment(_padded(name, layout.column - 1, left=True) + " ", style))
        return segments

    def _row(self, row: int, layout: _Layout) -> list[Segment]:
        style = self._style("chosen" if row == self.cursor[0] else "name")
        number = f"{row + 1:>{len(str(len(self._names)))}} " if layout.column < _NAMED_COLUMN else ""
        segments = [Segment(_padded(number + self._names[row], layout.side), style)]
        total = max(1, sum(self._counts[row]))
        for number_of in self._columns(layout):
            count = self._counts[row][number_of]
            is_here = (row, number_of) == self.cursor
            text = ("▸" if is_here else "") + (f"{count:,}" if count else "·")
            shade = self._shade(count / total, is_right=row == number_of) + Style(
                bold=is_here, reverse=is_here
            )
            segments.append(Segment(text.rjust(layout.column - 1) + " ", shade))
        return segments

    def _columns(self, layout: _Layout) -> range:
        return range(self._first[1], min(len(self._names), self._first[1] + layout.columns))

    def _cell(self) -> str:
        """The selected cell in words."""
        (label, predicted), row = self.cursor, self._counts[self.cursor[0]]
        count, total = row[predicted], sum(row)
        share = f" ({format.percent(count / total)})" if total else ""
        found = f"predicted as {self._names[predicted]}" if label != predicted else "predicted correctly"
        return f"{self._names[label]}, {found}: {count:,} of {total:,}{share}"

    def _shade(self, share: float, *, is_right: bool) -> Style:
        """The background for a share of the row."""
        if not share:
            return self._style("none")
        if self.app.no_color:
            return self.rich_style
        shades = _RIGHT if is_right else _WRONG
        return Style(color="#ffffff", bgcolor=next(shade for least, shade in shades if share >= least))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"confusion--{name}")


def _padded(text: str, width: int, *, left: bool = False) -> str:
    """`text` in exactly `width` cells, followed by a space unless it is right-aligned."""
    shown = shorten(text, width if left else width - 1)
    blank = " " * (width - Content(shown).cell_length)
    return blank + shown if left else shown + blank
