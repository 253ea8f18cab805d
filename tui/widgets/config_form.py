"""ConfigForm: a form for RunConfig, built from its fields, defaults and docstrings."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Collapsible, Input, Label, Select

from core.config import RunConfig, Values, describe_mistakes, merge
from core.config.presets import PRESETS, model_layer
from core.text.plain import plain
from tui.wording.settings import COMMON, PICKED, sections

ELSEWHERE = ("data.text_column", "data.label_column")
# Placeholders of values that are derived when the run is planned.
DERIVED = {
    "data.train": "choose a file",
    "data.validation": "split from train",
    "data.test": "none",
    "data.encoding": "UTF-8 or UTF-16",
    "data.delimiter": "detected",
    "data.quote": "detected",
    "data.header": "detected",
    "data.columns": "from the header",
    "data.skip_rows": "detected",
    "data.label_delimiter": "detected",
    "data.multi_label": "detected",
    "data.label_names": "from the data",
    "data.merge_labels": "none",
    "data.drop_labels": "none",
    "data.split_seed": "the training seed",
    "model.max_length": "512",
    "model.vocabulary": "from the data",
    "model.tokenizer": "learned from the training texts",
    "training.learning_rate": "the model's default",
    "training.max_steps": "from the data",
    "training.epochs": "from the data",
    "training.eval_steps": "from the length",
    "stopping.patience": "5, at least an epoch",
    "stopping.start_from": "from the length",
    "output.name": "from data and model",
}
Control = Input | Select[str]


class FormChanged(Message):
    """A value has changed."""


class FieldFocused(Message):
    """The field `path` got the focus; `default` applies while it is empty."""

    def __init__(self, path: str, default: str) -> None:
        super().__init__()
        self.path = path
        self.default = default


class Pick(Message):
    """Open the list for the field `path`."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


class FieldRow(Vertical):
    """One field: its name, a control for its type, and its error."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, path: str, field: FieldInfo, given: Any) -> None:
        super().__init__()
        self.path = path
        self._default = _shown(field.default)
        self._control = _control(path, field, None if given == field.default else given)
        self._error = Label("", classes="error", markup=False)

    def compose(self) -> ComposeResult:
        """Name and control on a line, the error below."""
        with Horizontal():
            yield Label(self.path.partition(".")[2].replace("_", " "), classes="name", markup=False)
            yield self._control
        yield self._error

    @property
    def value(self) -> Any:
        """The value that was filled in, or None."""
        match self._control:
            case Input(value=text):
                return text.strip() or None
            case Select(selection=selection):
                return selection if selection != self._default else None

    def call(self, title: str) -> None:
        """Change the name shown."""
        self.query_one(".name", Label).update(title)

    def stand_on(self, default: Any) -> None:
        """Show `default` as the value of an empty field."""
        was_open, self._default = self.value is None, _shown(default)
        match self._control:
            case Input():
                self._control.placeholder = self._default or DERIVED.get(self.path, "")
            case Select() if was_open:
                with self.prevent(Select.Changed):
                    self._control.value = self._default

    def fill(self, value: str) -> None:
        """Put a text into an input."""
        if isinstance(self._control, Input):
            self._control.value = value

    def show_error(self, error: str) -> None:
        """Show `error`, or nothing when it is empty."""
        self._error.update(Content(plain(error)))
        self._error.display = bool(error)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Report the focus."""
        self.post_message(FieldFocused(self.path, self._default))

    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self, event: Message) -> None:
        event.stop()
        self.post_message(FormChanged())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.path in PICKED and not event.value.strip():
            self.post_message(Pick(self.path))
        else:
            self.screen.focus_next()


class ConfigForm(VerticalScroll, can_focus=False):
    """Fields by section. It holds what was typed; RunConfig validates it.

    Args:
        config: initial values; those equal to the default are shown as defaults.
    """

    def __init__(self, config: RunConfig | None = None) -> None:
        super().__init__()
        given = config.model_dump(exclude_none=True) if config else {}
        self._rows = {
            f"{section}.{name}": FieldRow(f"{section}.{name}", field, given.get(section, {}).get(name))
            for section, fields in sections()
            for name, field in fields
            if f"{section}.{name}" not in ELSEWHERE
        }
        self._given = self.values()
        self._preset: Values = {}

    def compose(self) -> ComposeResult:
        """The common fields by section; the others collapsed."""
        yield from self._grouped(COMMON)
        with Collapsible(title="more", collapsed_symbol="▸", expanded_symbol="▾"):
            yield from self._grouped(path for path in self._rows if path not in COMMON)

    def values(self) -> Values:
        """Values by section: the preset, overridden by filled-in fields. Empty fields are not included."""
        values: Values = {}
        for path, row in self._rows.items():
            if row.value is not None and path != "model.name":
                section, _, name = path.partition(".")
                values.setdefault(section, {})[name] = row.value
        model = self._rows["model.name"].value
        return merge(model_layer(model) if model else {}, values)

    @property
    def is_touched(self) -> bool:
        """Whether a value was changed since the form was opened."""
        return self.values() != self._given

    def fill(self, path: str, value: str) -> None:
        """Put `value` into the field `path`."""
        self._rows[path].fill(value)

    @property
    def picked_at_hand(self) -> str:
        """The focused field if it has a list, else the training data."""
        return next((path for path in PICKED if self._rows[path].has_focus_within), "data.train")

    @on(FormChanged)
    def _show_preset(self) -> None:
        """Show the values of a preset in the empty fields."""
        preset = PRESETS.get(self._rows["model.name"].value or "", {})
        if preset == self._preset:
            return
        self._preset = preset
        for section, fields in sections():
            set_here = preset.get(section, {})
            for name, field in fields:
                if row := self._rows.get(f"{section}.{name}"):
                    row.stand_on(set_here.get(name, field.default))
        self._rows["model.name"].call("preset" if preset else "name")

    def show_errors(self, error: ValidationError | None) -> None:
        """Show each error below its field, or below the last field of its section."""
        errors: dict[str, str] = {}
        for path, sentence in describe_mistakes(error).items() if error else ():
            within = [name for name in self._rows if name == path or name.startswith(f"{path}.")]
            shown = [name for name in within if name in COMMON] or within
            errors[shown[-1]] = sentence
        for path, row in self._rows.items():
            row.show_error(errors.get(path, ""))

    def _grouped(self, paths: Iterable[str]) -> Iterator[Label | FieldRow]:
        title = ""
        for path in paths:
            if (section := path.partition(".")[0]) != title:
                title = section
                yield Label(title, classes="section", markup=False)
            yield self._rows[path]


def _control(path: str, field: FieldInfo, given: Any) -> Control:
    default, shown = _shown(field.default), _shown(given)
    if field.annotation is bool or get_origin(field.annotation) is Literal:
        choices = [(choice, choice) for choice in get_args(field.annotation) or ("yes", "no")]
        return Select(choices, value=shown or default, allow_blank=False, compact=True)
    return Input(shown, placeholder=default or DERIVED.get(path, ""), compact=True)


def _shown(value: Any) -> str:
    """A value as one would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(f"{old}={new}" for old, new in value.items())
    return str(value)
