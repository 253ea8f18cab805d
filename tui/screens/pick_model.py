"""PickModelScreen: choose a model that comes with the program or is known by heart, or a preset."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from core.config.presets import PRESETS

_MODELS = {
    "bert-base-cased": "of the Hub: what is taken when nothing is chosen",
    "minilm": "a small encoder, a fifth of the size",
    "cnn": "filters over word vectors, not pre-trained",
    "rnn": "reads in both directions, not pre-trained",
}
_WIDTH = 18


class PickModelScreen(ModalScreen[str]):
    """Closes with the name that was chosen, or None. Any other model of the Hub, or a folder, is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "cancel")]

    def compose(self) -> ComposeResult:
        """A line for each."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content("choose a model or a preset")
            box.border_subtitle = Content("⏎ take · esc to type another, or a folder")
            yield OptionList(*(_option(name, words) for name, words in _choices().items()))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)


def _choices() -> dict[str, str]:
    return _MODELS | {name: _words(layer) for name, layer in PRESETS.items()}


def _words(preset: dict[str, dict[str, Any]]) -> str:
    model, training = preset["model"], preset["training"]
    length = f"{model['max_length']} tokens, {training['max_steps']:,} steps"
    return f"preset: {model['name']}, {length}"


def _option(name: str, words: str) -> Option:
    return Option(Content.assemble((name.ljust(_WIDTH), "bold"), words), id=name)
