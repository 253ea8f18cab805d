"""KeyBar: the keys that work now, on one line, shortened until they fit."""

from typing import Any, NamedTuple

from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget


class Key(NamedTuple):
    """A key, what it does in a word or two, and the action."""

    key: str
    name: str
    action: str


class KeyBar(Widget):
    """The bindings of the screen that are shown; a click on one runs its action."""

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
        """Draw again when the bindings change."""
        self._drawn: list[Key] = []
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _screen: Screen[Any]) -> None:
        keys = self._keys()
        if keys != self._drawn:
            self._drawn = keys
            self.refresh()

    def render(self) -> Content:
        """The line: as it is, then closer, then in single words, then without the last keys but one."""
        width = self.size.width
        keys, palette = self._keys(), self._palette()
        short = [Key(key, name.split()[0], action) for key, name, action in keys]
        candidates = [(keys + palette, 2), (keys, 2), (keys, 1), (short, 2)]
        candidates += [(short[: len(short) - 1 - less] + short[-1:], 1) for less in range(len(short))]
        lines = (_line(chosen, gap) for chosen, gap in candidates)
        return next((line for line in lines if line.cell_length <= width), Content(""))

    def _keys(self) -> list[Key]:
        """The keys of what has the focus, such as an input line; else those of the screen."""
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
