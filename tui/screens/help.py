"""HelpScreen: the keys of a screen, read from its bindings; KeyCommands offers them in the palette."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, ClassVar, Self

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Static


class HelpScreen(ModalScreen[None]):
    """Lists keys and what they do.

    Args:
        keys: pairs of key and description.
        title: of the dialog.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "dismiss", "close")]

    def __init__(self, keys: Iterable[tuple[str, str]], title: str = "keys") -> None:
        super().__init__()
        self._keys = list(keys)
        self._title = title

    @classmethod
    def of(cls, screen: Screen[Any], *more: DOMNode) -> Self:
        """The help of `screen`: its bindings, those of the widgets in `more`, and the app's."""
        keys: dict[tuple[str, str], None] = {}
        actions: set[str] = set()
        for node in (screen, *more, screen.app):
            for binding in type(node).BINDINGS if node is not screen.app else screen.app.BINDINGS:
                if isinstance(binding, Binding) and binding.description:
                    action = binding.action.removeprefix("app.")
                    if node is screen.app and action in actions:
                        continue  # the screen has a key of its own for it
                    actions.add(action)
                    for key in binding.make_bindings([binding]):
                        meaning = binding.tooltip or binding.description
                        keys[(screen.app.get_key_display(key), meaning)] = None
        return cls(keys)

    def compose(self) -> ComposeResult:
        """The list."""
        width = max((len(key) for key, _ in self._keys), default=0)
        lines = [
            Content.assemble((key.rjust(width), "bold $primary"), f"  {meaning}")
            for key, meaning in self._keys
        ]
        with VerticalScroll(classes="dialog") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content("esc closes")
            yield Static(Content("\n").join(lines), markup=False)


class KeyCommands(Provider):
    """Offers the keys of a screen in the command palette."""

    async def discover(self) -> Hits:
        """All commands."""
        for meaning, key, run in self._commands():
            yield DiscoveryHit(Content(meaning), run, help=f"key {key}")

    async def search(self, query: str) -> Hits:
        """Commands that match `query`."""
        matcher = self.matcher(query)
        for meaning, key, run in self._commands():
            if (score := matcher.match(meaning)) > 0:
                yield Hit(score, Content(meaning), run, help=f"key {key}")

    def _commands(self) -> Iterable[tuple[str, str, Callable[[], Awaitable[bool]]]]:
        for active in self.screen.active_bindings.values():
            # Keys of Textual itself, such as those that move the focus, have no tooltip.
            if active.node is self.screen and (meaning := active.binding.tooltip):
                run = partial(self.app.run_action, active.binding.action, self.screen)
                yield meaning, self.app.get_key_display(active.binding), run
