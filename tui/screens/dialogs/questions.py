"""Questions: confirm something that cannot be undone, and what to do with an active run on quitting."""

from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label, OptionList
from textual.widgets.option_list import Option

Choice = Literal["detach", "stop", "cancel"]
CHOICES: dict[Choice, str] = {
    "detach": "d  detach: quit and leave the run as it is",
    "stop": "s  stop and save: end the run after this step, then quit",
    "cancel": "esc  cancel: stay here",
}


class ConfirmScreen(ModalScreen[bool]):
    """Closes with True if confirmed.

    Args:
        question: the question, a sentence.
        details: lines below it.
        verb: label of the button that confirms ("delete").
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
        """Question and buttons; cancel has the focus."""
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


class LeaveScreen(ModalScreen[Choice]):
    """Closes with one of the choices.

    Args:
        kind: of what is active.
        is_paused: whether training is paused.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "choose('detach')", "detach"),
        Binding("s", "choose('stop')", "stop and save"),
        Binding("escape,q", "choose('cancel')", "cancel"),
    ]

    def __init__(self, kind: Literal["run", "experiment"], *, is_paused: bool = False) -> None:
        super().__init__()
        self._kind = kind
        self._is_paused = is_paused

    def compose(self) -> ComposeResult:
        """Question and choices."""
        question = f"The {self._kind} is {'paused' if self._is_paused else 'still active'}."
        with Vertical(classes="dialog") as box:
            box.border_title = Content("quit")
            yield Label(question, markup=False)
            options = [Option(Content(text), id=choice) for choice, text in CHOICES.items()]
            yield OptionList(*options, compact=True, markup=False)

    def action_choose(self, choice: Choice) -> None:
        """Close with `choice`."""
        self.dismiss(choice)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        choices: list[Choice] = list(CHOICES)
        self.dismiss(choices[event.option_index])
