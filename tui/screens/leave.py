"""LeaveScreen: what should become of a run that goes on when the app is left."""

from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

Choice = Literal["detach", "stop", "cancel"]
CHOICES: dict[Choice, str] = {
    "detach": "d  detach: leave the run as it is",
    "stop": "s  stop and save: end the run after this step, then leave",
    "cancel": "esc  cancel: stay here",
}


class LeaveScreen(ModalScreen[Choice]):
    """Asks for one of the choices."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "choose('detach')", "detach"),
        Binding("s", "choose('stop')", "stop and save"),
        Binding("escape,q", "choose('cancel')", "cancel"),
    ]

    def __init__(self, *, is_paused: bool) -> None:
        super().__init__()
        self._is_paused = is_paused

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        question = "The run is paused and waits." if self._is_paused else "The run is still going on."
        with Vertical(classes="dialog") as box:
            box.border_title = Content("leave")
            yield Label(question, markup=False)
            options = [Option(Content(text), id=choice) for choice, text in CHOICES.items()]
            yield OptionList(*options, compact=True, markup=False)

    def action_choose(self, choice: Choice) -> None:
        """Answer."""
        self.dismiss(choice)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        choices: list[Choice] = list(CHOICES)
        self.dismiss(choices[event.option_index])
