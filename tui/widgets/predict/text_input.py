"""TextInput: the line that texts are typed into; the arrows recall earlier ones."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from core.text.text_pairs import SEPARATOR

_ONE_TEXT = "type a text, enter classifies it"
_TEXT_PAIR = f"type a text pair with {SEPARATOR} between, enter classifies it"


class TextInput(Input):
    """One line of text. `earlier` holds the texts that can be recalled, the newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(1)", "earlier text"),
        Binding("down", "recall(-1)", "later text"),
    ]

    class Recalled(Message):
        """Another text stands in the line."""

    def __init__(self) -> None:
        super().__init__(placeholder=_ONE_TEXT, compact=True, select_on_focus=False)
        self.earlier: Sequence[str] = ()
        self._place = -1

    def expect(self, *, pairs: bool) -> None:
        """Ask for text pairs, or for single texts."""
        self.placeholder = _TEXT_PAIR if pairs else _ONE_TEXT

    def restart_recall(self) -> None:
        """Recall the newest text next."""
        self._place = -1

    def action_recall(self, direction: int) -> None:
        """Put an earlier (1) or a later (-1) text into the line."""
        self._place = min(max(-1, self._place + direction), len(self.earlier) - 1)
        self.value = self.earlier[self._place] if self._place >= 0 else ""
        self.cursor_position = len(self.value)
        self.post_message(self.Recalled())
