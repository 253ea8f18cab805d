"""Panel: a bordered box with a title that shows rows of facts, and is drawn again only when they change."""

from collections.abc import Iterable

from textual.content import Content
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
        """Show `content`. Where the height follows the content, the layout is made again."""
        if not content.is_same(self._content):
            self._content = content
            self.refresh(layout=self.styles.is_auto_height)

    def render(self) -> Content:
        """What is shown now."""
        return self._content


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
