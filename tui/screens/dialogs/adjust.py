"""AdjustScreen: change settings of an active run. NoteScreen: add a note to it."""

from collections.abc import Callable, Mapping
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from core.runs.changes import LEARNING_RATE, learning_rate_factor, rejection
from core.runs.commands import LONGEST_TEXT, CommandName
from core.runs.history import History

Adjusted = Mapping[CommandName, float]


class Setting(NamedTuple):
    """A setting that can be changed, its label, and its parser."""

    name: CommandName
    label: str
    read: Callable[[str], float]


SETTINGS = (
    Setting("learning_rate", "learning rate (× the planned one)", float),
    Setting("patience", "patience (evaluations)", int),
    Setting("max_steps", "maximum steps", int),
    Setting("eval_steps", "evaluation interval (steps)", int),
)


def current(history: History) -> dict[str, str]:
    """The current settings as text; empty before training starts."""
    plan = history.plan
    if plan is None:
        return {}
    factor = f"{learning_rate_factor(history.changes):g}"
    return {
        LEARNING_RATE: factor,
        "patience": str(plan.patience),
        "max_steps": str(plan.max_steps),
        "eval_steps": str(plan.eval_steps),
    }


class AdjustScreen(ModalScreen[Adjusted]):
    """Closes with the changed settings.

    Args:
        history: of the run.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "cancel"),
        # With priority, so that the focus has moved before the next key is handled.
        Binding("up,shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("down,tab", "app.focus_next", show=False, priority=True),
    ]

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._now = current(history)

    def compose(self) -> ComposeResult:
        """A line for each setting."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(f"adjust from step {self._history.step} on")
            box.border_subtitle = Content("up/down choose · enter sends the changes · esc cancel")
            for setting in SETTINGS:
                with Horizontal(classes="line"):
                    yield Label(setting.label, markup=False)
                    yield Input(self._now[setting.name], id=setting.name, compact=True, max_length=12)
            yield Label("", id="wrong", markup=False)

    @on(Input.Submitted)
    def _send(self, event: Input.Submitted) -> None:
        event.stop()
        adjusted: dict[CommandName, float] = {}
        for setting in SETTINGS:
            field = self.query_one(f"#{setting.name}", Input)
            if field.value == self._now[setting.name]:
                continue
            reason, value = self._read(setting, field.value)
            if reason is not None:
                self.query_one("#wrong", Label).update(Content(f"{setting.label}: {reason}"))
                field.focus()
                return
            if value != setting.read(self._now[setting.name]):
                adjusted[setting.name] = value
        self.dismiss(adjusted)

    def _read(self, setting: Setting, text: str) -> tuple[str | None, float]:
        try:
            value = setting.read(text.strip().replace(",", ""))
        except ValueError:
            return "must be a number" if setting.read is float else "must be a whole number", 0.0
        if value == setting.read(self._now[setting.name]):
            return None, value
        return rejection(setting.name, value, self._history.step), value


class NoteScreen(ModalScreen[str]):
    """Closes with a note of one line."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "cancel")]

    def __init__(self, step: int) -> None:
        super().__init__()
        self._step = step

    def compose(self) -> ComposeResult:
        """The input line."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(f"note at step {self._step}")
            box.border_subtitle = Content("enter saves it with the run · esc cancel")
            yield Input(max_length=LONGEST_TEXT, compact=True)

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())
