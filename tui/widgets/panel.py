"""Panel: a titled box of facts, redrawn only where they change; bars and shortened text for all widgets."""

from collections.abc import Iterable

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

Part = str | tuple[str, str] | Content
LABEL_WIDTH = 15


class Panel(Widget):
    """A titled box that shows the content given to it."""

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_title(Content(title))
        self._content = Content("")

    def set_title(self, title: Content) -> None:
        """Set the title in the border."""
        self.border_title = title

    def show(self, content: Content) -> None:
        """Show `content`. Only changed lines are redrawn; only a new number of lines changes the layout."""
        if content.is_same(self._content):
            return
        before, self._content = self._content, content
        width = self.size.width
        if not width:  # hidden: showing it again draws all of it
            self.refresh()
        elif (changes := _changes(before, content, width)) is not None:
            self.refresh(*changes)
        else:
            self.refresh(layout=self.styles.is_auto_height)

    def render(self) -> Content:
        """The content."""
        return self._content


def _changes(before: Content, after: Content, width: int) -> list[Region] | None:
    """Regions of the lines that differ; None if any line takes another height."""
    old, new = before.split("\n", allow_blank=True), after.split("\n", allow_blank=True)
    if len(old) != len(new):
        return None
    regions, y = [], 0
    for line, other in zip(old, new, strict=True):
        height = _height(other, width)
        if not other.is_same(line):
            if _height(line, width) != height:
                return None
            regions.append(Region(0, y, width, height))
        y += height
    return regions


def _height(line: Content, width: int) -> int:
    return 1 if line.cell_length <= width else line.get_height({}, width)


def fact(label: str, *value: Part) -> Content:
    """One row: a label and its value."""
    return Content.assemble((label.ljust(LABEL_WIDTH), "dim"), *value)


def rows(lines: Iterable[Content]) -> Content:
    """Rows, joined."""
    return Content("\n").join(lines)


def bar(share: float, width: int) -> str:
    """A bar of `width` cells filled to `share` (0 to 1), to an eighth of a cell, without trailing space."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` cells, with … where it was shortened."""
    return Content(text).truncate(width, ellipsis=True).plain if width > 0 else ""
