"""The frame of a screen: tabs of its views, its keys, and the notice of a terminal that is too small."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

# Columns and rows that every screen needs.
LEAST_SIZE = (60, 15)
READ_ONLY = "-read-only"
"""Class of a screen that watches only: its widgets have no actions that change the run."""


class Key(NamedTuple):
    """A key, the short name of its action, and the action."""

    key: str
    name: str
    action: str


class KeyBar(Widget):
    """The keys that work now, on one line; a click on one runs its action."""

    DEFAULT_CSS = """
    KeyBar {
        height: 1;
        link-style: none;
        link-style-hover: reverse;
        link-color: $foreground;
        link-color-hover: $foreground;
        link-background-hover: $background;
    }
    """

    def on_mount(self) -> None:
        """Redraw when the bindings change."""
        self._drawn: list[Key] = []
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _screen: Screen[Any]) -> None:
        keys = self._keys()
        if keys != self._drawn:
            self._drawn = keys
            self.refresh()

    def render(self) -> Content:
        """The first that fits: wide, narrow, one word a key, then without the keys before the last."""
        width = self.size.width
        keys, palette = self._keys(), self._palette()
        short = [Key(key, name.split()[0], action) for key, name, action in keys]
        candidates = [(keys + palette, 2), (keys, 2), (keys, 1), (short, 2)]
        candidates += [(short[: len(short) - 1 - less] + short[-1:], 1) for less in range(len(short))]
        lines = (_line(chosen, gap) for chosen, gap in candidates)
        return next((line for line in lines if line.cell_length <= width), Content(""))

    def _keys(self) -> list[Key]:
        """The keys of the focused widget, such as an input line; else those of the screen."""
        active = [item for item in self.screen.active_bindings.values() if item.binding.show]
        focused = [item for item in active if item.node not in (self.screen, self.app)]
        screen = [item for item in active if item.node is self.screen]
        return [self._key(item) for item in focused or screen]

    def _palette(self) -> list[Key]:
        name = self.app.COMMAND_PALETTE_BINDING
        active = self.screen.active_bindings.get(name)
        return [self._key(active)._replace(name="palette")] if active else []

    def _key(self, active: ActiveBinding) -> Key:
        binding = active.binding
        action = binding.action if "." in binding.action else f"screen.{binding.action}"
        return Key(self.app.get_key_display(binding), binding.description, action)


def _line(keys: list[Key], gap: int) -> Content:
    parts = [
        Content.assemble((key, "bold $primary"), f" {name}").stylize(Style.from_meta({"@click": action}))
        for key, name, action in keys
    ]
    return Content(" ") + Content(" " * gap).join(parts)


class ViewBar(Widget):
    """The views as tabs with their keys; the open one has brackets, so that it differs without colour."""

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
        """Show a count of warnings at `name`."""
        if count != self._marks.get(name, 0):
            self._marks[name] = count
            self.refresh()

    def render(self) -> Content:
        """The line; if it is too long, the names of other views are shortened."""
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


class SizeNotice(Widget):
    """Shows the needed and the actual size. The stylesheet shows it in place of the screen."""

    def __init__(self) -> None:
        super().__init__(id="too-small")

    def render(self) -> Content:
        """The notice."""
        (columns, rows), (width, height) = LEAST_SIZE, self.screen.size
        return Content(f"the terminal is {width}×{height},\n{columns}×{rows} is needed\n\nq quits")
