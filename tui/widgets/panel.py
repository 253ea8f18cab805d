"""Panel: a bordered box with a title that shows rows of facts, and is drawn again only when they change."""

from collections.abc import Iterable

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

Part = str | tuple[str, str] | Content
LABEL_WIDTH = 15


class Panel(Widget):
    """A box with a title. What it shows is given to it; it knows nothing by itself."""

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_title(Content(title))
        self._content = Content("")

    def set_title(self, title: Content) -> None:
        """Put `title` into the border."""
        self.border_title = title

    def show(self, content: Content) -> None:
        """Show `content`. Only lines that changed are sent; only more or fewer make the layout anew."""
        if content.is_same(self._content):
            return
        before, self._content = self._content, content
        width = self.size.width
        if not width:  # out of sight: what shows it again will lay it out and draw all of it
            self.refresh()
        elif (changes := _changes(before, content, width)) is not None:
            self.refresh(*changes)
        else:
            self.refresh(layout=self.styles.is_auto_height)

    def render(self) -> Content:
        """What is shown now."""
        return self._content


def _changes(before: Content, after: Content, width: int) -> list[Region] | None:
    """The lines on the screen that differ; None when one content takes other lines than the other."""
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
    """Rows under each other."""
    return Content("\n").join(lines)


def bar(share: float, width: int) -> str:
    """A bar of `width` cells filled to `share` (0 to 1), to an eighth of a cell, without trailing space."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` cells, with … where something was cut off."""
    return Content(text).truncate(width, ellipsis=True).plain if width > 0 else ""
