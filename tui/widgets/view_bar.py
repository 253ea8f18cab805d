"""ViewBar: the tabs of a small terminal on one line, each with the key that opens it (or a click)."""

from collections.abc import Sequence

from textual.content import Content
from textual.style import Style
from textual.widget import Widget


class ViewBar(Widget):
    """Names of views; the open one stands out by brackets and weight, not by colour alone."""

    DEFAULT_CSS = """
    ViewBar {
        height: 1;
        link-style: none;
        link-color: $foreground;
        link-color-hover: $foreground;
        link-background-hover: $background;
    }
    """

    def __init__(self, names: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._names = names
        self._open = names[0]
        self._marks: dict[str, int] = {}

    def show(self, name: str) -> None:
        """Mark `name` as the open one."""
        self._open = name
        self.refresh()

    def mark(self, name: str, count: int) -> None:
        """Say that `name` has so many warnings."""
        if count != self._marks.get(name, 0):
            self._marks[name] = count
            self.refresh()

    def render(self) -> Content:
        """The line; where it is too long, the names of what is not open are shortened."""
        lines = (self._line(letters) for letters in (None, 4, 1))
        return next((line for line in lines if line.cell_length <= self.size.width), self._line(0))

    def _line(self, letters: int | None) -> Content:
        parts: list[Content] = []
        for number, name in enumerate(self._names, 1):
            left, right = ("[", "]") if name == self._open else (" ", " ")
            style = "bold" if name == self._open else "dim"
            shown = name if name == self._open else name[:letters]
            warnings = f" {count}!" if (count := self._marks.get(name, 0)) else ""
            tab = Content.assemble(
                (left, "bold $primary"),
                (f"{number} {shown}".rstrip(), style),
                (warnings, "bold $warning"),
                (right, "bold $primary"),
            )
            parts.append(tab.stylize(Style.from_meta({"@click": f"screen.view('{name}')"})))
        return Content(" ").join(parts)
