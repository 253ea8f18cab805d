"""NewRunScreen: a form for a new run, with a preview of its data and its plan."""

from pathlib import Path
from typing import ClassVar

from pydantic import ValidationError
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Button, Select, Static

from core.config import DataConfig, OutputConfig, RunConfig
from core.problems import Problem
from core.protocol import InspectData, PlanRun, ProgressReport
from core.runs.directory import RunDirectory
from core.runs.start import start
from core.text import format
from core.text.plain import plain
from tui.engine.client import EngineFault
from tui.screens.data import DataScreen
from tui.screens.dialogs.pick import PickFileScreen, PickModelScreen
from tui.screens.dialogs.questions import ConfirmScreen
from tui.widgets.answering import Answerer
from tui.widgets.config_form import (
    ConfigForm,
    FieldFocused,
    FieldRow,
    FormChanged,
    Pick,
)
from tui.widgets.data.plan_summary import describe
from tui.widgets.data.preview import DataPreview
from tui.widgets.screen_frame import LEAST_SIZE, KeyBar, SizeNotice
from tui.wording.settings import help_text, in_words_of_the_form

# Seconds without a change before the engine is asked.
QUIET = 0.4


class NewRunScreen(Screen[RunDirectory]):
    """Closes with the started run, or None.

    Args:
        runs_dir: the folder of all runs.
        engine: inspects data and makes plans.
        config: initial values.
    """

    CSS_PATH = "../styles/new_run.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low"), (30, "-high")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "start", "start", tooltip="start the run"),
        Binding("ctrl+o", "pick", "browse", tooltip="choose a data file or a model"),
        Binding("f2", "look", "data", tooltip="show the data: labels, lengths, findings"),
        Binding("escape", "back", "back", tooltip="go back without starting a run"),
        Binding("f1", "app.help", "help", tooltip="show the keys"),
        Binding("q", "app.quit", "quit", show=False),
        # With priority, so that the focus has moved before the next key is handled.
        Binding("tab", "app.focus_next", "next field", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", "previous field", show=False, priority=True),
    ]

    def __init__(self, runs_dir: Path, engine: Answerer, config: RunConfig | None = None) -> None:
        super().__init__()
        self._engine = engine
        self._given = config or RunConfig(output=OutputConfig(runs_dir=str(runs_dir)))
        self._quiet: Timer | None = None
        self._inspected: DataConfig | None = None
        self._planned: RunConfig | None = None

    def compose(self) -> ComposeResult:
        """Form, data and plan; below them help of the field, start button and keys."""
        with Vertical(id="content"):
            yield Static(
                Content.assemble(("bertcls", "bold $primary"), "  new run"), id="title", markup=False
            )
            with VerticalScroll(id="body", can_focus=False):
                with (form := ConfigForm(self._given)):
                    form.border_title = "settings"
                with Vertical(id="findings"):
                    with VerticalScroll(id="data", can_focus=False) as data:
                        data.border_title = "data"
                        yield DataPreview()
                    with VerticalScroll(id="plan") as box:
                        box.border_title = "plan"
                        yield Static("shown once the data is read", id="plan-text", markup=False)
            yield Static(id="help", markup=False)
            with Horizontal(id="go"):
                yield Button("start", id="start", variant="primary", compact=True)
                yield Static(id="state", markup=False)
            yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Plan with the initial values."""
        self._changed()

    def on_resize(self) -> None:
        """Focus the form again after a terminal that was too small hid it."""
        if self.focused is None:
            self.call_after_refresh(self.focus_next)

    @property
    def config(self) -> RunConfig | None:
        """The configuration, or None while a field is invalid; the form shows the error."""
        form, view = self.query_one(ConfigForm), self.query_one(DataPreview)
        values = form.values()
        values["data"] = values.get("data", {}) | view.columns
        try:
            config = RunConfig.model_validate(values)
        except ValidationError as error:
            form.show_errors(error)
            return None
        form.show_errors(None)
        return config

    # A change is validated at once and planned when no other follows; a newer plan replaces a pending one.

    @on(FormChanged)
    @on(Select.Changed)
    def _changed(self) -> None:
        self._planned = None
        if self._quiet is not None:
            self._quiet.stop()
        config = self.config
        if config is None:
            self.workers.cancel_group(self, "ask")
            self._show_plan(Content("fix the marked settings"))
        elif config.data.train:
            self._quiet = self.set_timer(QUIET, lambda: self._ask(config))

    def _ask(self, config: RunConfig, *, then_start: bool = False) -> None:
        self.run_worker(self._prepare(config, then_start), group="ask", exclusive=True)

    async def _prepare(self, config: RunConfig, then_start: bool) -> None:
        if self._planned != config and not (await self._inspect(config) and await self._plan(config)):
            return
        if then_start:
            self._start(config)

    async def _inspect(self, config: RunConfig) -> bool:
        data = config.data
        if data == self._inspected:
            return True
        view = self.query_one(DataPreview)
        if self._inspected is None or data.train != self._inspected.train:
            view.forget()
        self._inspected = None
        view.show_message(Content("reading…"))
        self._show_plan(Content("shown once the data is read"))
        self._show_message(Content.styled("reading the data…", "dim"))
        try:
            found = await self._engine.ask(InspectData(data))
        except (Problem, EngineFault) as error:
            view.show_message(_error(error))
            self._show_message(_error(error))
            return False
        view.show(found)
        if found.problems:
            # Also beside the button: in a small terminal the data is hidden.
            self._show_message(_warning(found.problems[0]))
            return False
        self._inspected = data
        return True

    async def _plan(self, config: RunConfig) -> bool:
        self._show_plan(Content("planning…"))
        self._show_message(Content.styled("planning…", "dim"))
        try:
            plan = await self._engine.ask(PlanRun(config), on_progress=self._show_progress)
        except (Problem, EngineFault) as error:
            self._show_plan(_error(error))
            self._show_message(_error(error))
            return False
        self._planned = config
        self._show_plan(describe(plan))
        count = len(plan.warnings)
        warnings = {0: "", 1: ", with 1 warning"}.get(count, f", with {count} warnings")
        self._show_message(
            Content(f"ready: {format.steps(plan.max_steps)} on {plain(plan.device)}{warnings}")
        )
        return True

    def _start(self, config: RunConfig) -> None:
        try:
            run, _ = start(config)
        except Problem as problem:
            self._show_message(_error(problem))
        else:
            self.dismiss(run)

    def _show_progress(self, report: ProgressReport) -> None:
        message = Content(f"{plain(report.message)}…")
        self._show_plan(message)
        self._show_message(message.stylize("dim"))

    def _show_plan(self, content: Content) -> None:
        self.query_one("#plan-text", Static).update(content)
        self._show_message(Content(""))

    def _show_message(self, content: Content) -> None:
        self.query_one("#state", Static).update(content)

    # Keys.

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Start the run once it is planned."""
        if (config := self._usable_config()) is not None:
            if self._quiet is not None:
                self._quiet.stop()
            self._ask(config, then_start=True)

    def action_look(self) -> None:
        """Show the data."""
        if (config := self._usable_config()) is not None:
            self.app.push_screen(DataScreen(self._engine, config))

    def _usable_config(self) -> RunConfig | None:
        """The configuration, or None after a message about what it lacks."""
        config = self.config
        if config is not None and config.data.train:
            return config
        message = "fix the marked settings" if config is None else "choose the training data first"
        self._show_message(Content.styled(message, "$text-error"))
        return None

    def action_back(self) -> None:
        """Go back; ask first if something was filled in."""

        def leave(agreed: bool | None) -> None:
            if agreed:
                self.dismiss()

        if self.query_one(ConfigForm).is_touched:
            question = "Leave without starting a run?"
            self.app.push_screen(ConfirmScreen(question, ["The settings are lost."], "leave"), leave)
        else:
            leave(True)

    def action_pick(self) -> None:
        """Open the list of the focused field, else of the training data."""
        self._pick(self.query_one(ConfigForm).picked_at_hand)

    @on(Pick)
    def _pick_for_field(self, event: Pick) -> None:
        self._pick(event.path)

    def _pick(self, path: str) -> None:
        def take(chosen: str | None) -> None:
            if chosen is not None:
                self.query_one(ConfigForm).fill(path, chosen)

        screen = PickModelScreen() if path == "model.name" else PickFileScreen(Path.cwd())
        self.app.push_screen(screen, take)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Clear the help where the focus is on no setting."""
        if not any(isinstance(widget, FieldRow) for widget in event.widget.ancestors):
            self.query_one("#help", Static).update("")

    @on(FieldFocused)
    def _show_help(self, event: FieldFocused) -> None:
        self.query_one("#help", Static).update(Content(help_text(event.path, event.default)))


def _error(error: Exception) -> Content:
    return _warning(str(error))


def _warning(message: str) -> Content:
    return Content.styled(in_words_of_the_form(plain(message)), "$text-error")
