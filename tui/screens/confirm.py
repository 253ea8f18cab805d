"""ConfirmScreen: asks before something is done that cannot be undone."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class ConfirmScreen(ModalScreen[bool]):
    """Answers True when the person agrees.

    Args:
        question: what will be done, a sentence.
        details: lines about what it is done to.
        verb: what agreeing is called ("delete").
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape,q", "answer(False)", "no"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, details: list[str], verb: str) -> None:
        super().__init__()
        self._question = question
        self._details = details
        self._verb = verb

    def compose(self) -> ComposeResult:
        """The question, and a button for each answer; the harmless one has the focus."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(self._verb)
            box.border_subtitle = Content(f"y {self._verb} · esc cancel")
            yield Label(self._question, classes="question", markup=False)
            for line in self._details:
                yield Label(line, classes="detail", markup=False)
            with Horizontal(classes="answers"):
                yield Button("cancel", id="cancel", compact=True)
                yield Button(Content(self._verb), id="agree", variant="error", compact=True)

    def action_answer(self, answer: bool) -> None:
        """Close with `answer`."""
        self.dismiss(answer)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "agree")
