"""Unread: the parts of a text that the model did not read, where there are any."""

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui.wording.prediction import excerpt

# Lines, each with a part; of more parts only their number is said.
MOST = 2


class Unread(Widget):
    """A line for each part, struck out and between marks; out of sight where all was read."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._parts: Sequence[tuple[int, int]] = ()
        self.display = False

    def show(self, text: str, parts: Sequence[tuple[int, int]]) -> None:
        """Show the `parts` of `text`, from one character to before another."""
        self._text, self._parts = text, parts
        self.display = bool(parts)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line for each part that is shown."""
        return min(MOST, len(self._parts))

    def render(self) -> Content:
        """The lines."""
        more = f" and {len(self._parts) - MOST} parts more" if len(self._parts) > MOST else ""
        shown = self._parts[:MOST]
        return Content("\n").join(
            self._line(start, end, more if number == MOST else "")
            for number, (start, end) in enumerate(shown, 1)
        )

    def _line(self, start: int, end: int, more: str) -> Content:
        found = excerpt(self._text, start, end, self.size.width - len(more))
        line = Content.assemble(found.before, (found.part, "dim strike"), found.behind, (more, "dim"))
        return line.truncate(self.size.width, ellipsis=True)
