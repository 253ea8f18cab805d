"""NewRunScreen: a form for a new run, with the data it would read and the plan it would follow beside it."""

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
    help_text,
    in_words_of_the_form,
)
from tui.widgets.data.plan_summary import describe
from tui.widgets.data.preview import DataView
from tui.widgets.screen_frame import LEAST_SIZE, KeyBar, SizeNotice

# Seconds without a change after which the engine is asked.
QUIET = 0.4


class NewRunScreen(Screen[RunDirectory]):
    """Closes with the run that was started, or None.

    Args:
        runs_dir: the folder of all runs.
        engine: inspects data and makes plans.
        config: values to begin with.
    """

    CSS_PATH = "../styles/new_run.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low"), (30, "-high")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "start", "start", tooltip="start the run"),
        Binding("ctrl+o", "pick", "browse", tooltip="choose a data file, or the model"),
        Binding("f2", "look", "data", tooltip="look at the data: labels, lengths, what is wrong with rows"),
        Binding("escape", "back", "back", tooltip="back; nothing is started"),
        Binding("f1", "app.help", "help", tooltip="show the keys"),
        Binding("q", "app.quit", "quit", show=False),
        # With priority the focus has moved before the next key, typed at once, is given to a field.
        Binding("tab", "app.focus_next", "next field", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", "field before", show=False, priority=True),
    ]

    def __init__(self, runs_dir: Path, engine: Answerer, config: RunConfig | None = None) -> None:
        super().__init__()
        self._engine = engine
        self._given = config or RunConfig(output=OutputConfig(runs_dir=str(runs_dir)))
        self._quiet: Timer | None = None
        self._inspected: DataConfig | None = None
        self._planned: RunConfig | None = None

    def compose(self) -> ComposeResult:
        """The form, data and plan, and below them the field's help, the button and the keys."""
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
                        yield DataView()
                    with VerticalScroll(id="plan") as box:
                        box.border_title = "plan"
                        yield Static("made when the data is known", id="plan-text", markup=False)
            yield Static(id="help", markup=False)
            with Horizontal(id="go"):
                yield Button("start", id="start", variant="primary", compact=True)
                yield Static(id="state", markup=False)
            yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Plan what was given."""
        self._changed()

    def on_resize(self) -> None:
        """A terminal that was too small hid the form and took its focus."""
        if self.focused is None:
            self.call_after_refresh(self.focus_next)

    @property
    def config(self) -> RunConfig | None:
        """What the form asks for, or None while something in it is not allowed; the form says what."""
        form, view = self.query_one(ConfigForm), self.query_one(DataView)
        values = form.values()
        values["data"] = values.get("data", {}) | view.columns
        try:
            config = RunConfig.model_validate(values)
        except ValidationError as error:
            form.show_errors(error)
            return None
        form.show_errors(None)
        return config

    # A change is checked at once; the engine is asked when no other follows. A newer question ends the older.

    @on(FormChanged)
    @on(Select.Changed)
    def _changed(self) -> None:
        self._planned = None
        if self._quiet is not None:
            self._quiet.stop()
        config = self.config
        if config is None:
            self.workers.cancel_group(self, "ask")
            self._show_plan(Content("mend what is marked in the settings"))
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
        view = self.query_one(DataView)
        if self._inspected is None or data.train != self._inspected.train:
            view.forget()
        self._inspected = None
        view.tell(Content("reading…"))
        self._show_plan(Content("made when the data is known"))
        self._tell(Content.styled("reading the data…", "dim"))
        try:
            found = await self._engine.ask(InspectData(data))
        except (Problem, EngineFault) as error:
            view.tell(_error(error))
            self._tell(_error(error))
            return False
        view.show(found)
        if found.problems:
            # Beside the button, too: on a small screen the data is out of sight.
            self._tell(_warning(found.problems[0]))
            return False
        self._inspected = data
        return True

    async def _plan(self, config: RunConfig) -> bool:
        self._show_plan(Content("planning…"))
        self._tell(Content.styled("planning…", "dim"))
        try:
            plan = await self._engine.ask(PlanRun(config), on_progress=self._show_progress)
        except (Problem, EngineFault) as error:
            self._show_plan(_error(error))
            self._tell(_error(error))
            return False
        self._planned = config
        self._show_plan(describe(plan))
        count = len(plan.warnings)
        warnings = {0: "", 1: ", with 1 warning"}.get(count, f", with {count} warnings")
        self._tell(Content(f"ready: {plan.max_steps:,} steps on {plain(plan.device)}{warnings}"))
        return True

    def _start(self, config: RunConfig) -> None:
        try:
            run, _ = start(config)
        except Problem as problem:
            self._tell(_error(problem))
        else:
            self.dismiss(run)

    def _show_progress(self, report: ProgressReport) -> None:
        message = Content(f"{plain(report.message)}…")
        self._show_plan(message)
        self._tell(message.stylize("dim"))

    def _show_plan(self, content: Content) -> None:
        self.query_one("#plan-text", Static).update(content)
        self._tell(Content(""))

    def _tell(self, content: Content) -> None:
        self.query_one("#state", Static).update(content)

    # What the keys do.

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Start the run, once there is a plan for it."""
        config = self.config
        if config is None:
            self._tell(Content.styled("mend what is marked in the settings", "$text-error"))
        elif not config.data.train:
            self._tell(Content.styled("choose the training data first", "$text-error"))
        else:
            if self._quiet is not None:
                self._quiet.stop()
            self._ask(config, then_start=True)

    def action_look(self) -> None:
        """Look at the data more closely."""
        config = self.config
        if config is None or not config.data.train:
            self._tell(Content.styled("choose the training data first", "$text-error"))
        else:
            self.app.push_screen(DataScreen(self._engine, config))

    def action_back(self) -> None:
        """Leave; what was filled in is not lost without a question."""

        def leave(agreed: bool | None) -> None:
            if agreed:
                self.dismiss()

        if self.query_one(ConfigForm).is_touched:
            question = "Leave without starting a run?"
            self.app.push_screen(ConfirmScreen(question, ["What was filled in is lost."], "leave"), leave)
        else:
            leave(True)

    def action_pick(self) -> None:
        """Choose for the field that has the focus: a file, the model; else the training data."""
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
        """What stands beside no setting has no help: that of the setting before must not stay."""
        if not any(isinstance(widget, FieldRow) for widget in event.widget.ancestors):
            self.query_one("#help", Static).update("")

    @on(FieldFocused)
    def _show_help(self, event: FieldFocused) -> None:
        self.query_one("#help", Static).update(help_text(event.path, event.default))


def _error(error: Exception) -> Content:
    return _warning(str(error))


def _warning(message: str) -> Content:
    return Content.styled(in_words_of_the_form(plain(message)), "$text-error")
