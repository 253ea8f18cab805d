"""DataScreen: figures of data and the findings of the checks, whose rows can be opened."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from core.config import RunConfig
from core.problems import Problem
from core.protocol import CheckData, DataReport, Finding, ProgressReport
from core.text import format
from core.text.plain import plain
from tui.engine.client import EngineFault
from tui.screens.data_rows import DataRowsScreen
from tui.widgets.answering import Answerer
from tui.widgets.data.facts import describe_labels, describe_lengths, describe_splits
from tui.widgets.screen_frame import LEAST_SIZE, KeyBar, SizeNotice
from tui.wording.progress import progress

# A glyph, so that they differ without colour, and the theme's colour.
SEVERITIES = {
    "serious": ("✗", "$text-error"),
    "warning": ("!", "$text-warning"),
    "note": ("·", "$text-muted"),
}


class DataScreen(Screen[None]):
    """Requests a report on the data of a configuration and shows it.

    Args:
        engine: answers `check` and `rows`.
        config: names the data, and the model whose tokenizer counts tokens.
    """

    CSS_PATH = "../styles/data.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low"), (30, "-high")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "show rows", tooltip="show the rows of the finding", priority=True),
        Binding("e", "label_errors", "label errors", tooltip="find labels that are probably wrong"),
        Binding("tab", "app.focus_next", "figures", tooltip="move between findings and figures"),
        Binding("r", "read", "read again", tooltip="read the data again"),
        Binding("question_mark", "app.help", "help", tooltip="show the keys"),
        Binding("escape", "dismiss", "back", tooltip="go back; cancels running checks"),
        Binding("q", "app.quit", "quit", show=False),
    ]

    def __init__(self, engine: Answerer, config: RunConfig) -> None:
        super().__init__()
        self._engine = engine
        self._config = config
        self._source = config.data.train or ""
        self._found: list[Finding] = []

    def compose(self) -> ComposeResult:
        """Figures beside findings in a large terminal, else above them."""
        with Vertical(id="content"):
            yield Static(id="title", markup=False)
            yield Static(id="state", markup=False)
            with Horizontal(id="body"):
                with VerticalScroll(id="figures", can_focus=True) as figures:
                    figures.border_title = "figures"
                    for name in ("splits", "labels", "lengths"):
                        yield Static(name, classes="head", markup=False)
                        yield Static(id=f"{name}-facts", markup=False)
                with Vertical(id="findings") as findings:
                    findings.border_title = "findings"
                    yield OptionList(id="found")
                    yield Static(id="detail", markup=False)
            yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Request the report."""
        self.query_one("#title", Static).update(
            Content.assemble(("bertcls", "bold $primary"), f"  data  {plain(self._source)}")
        )
        self.query_one(OptionList).focus()
        self.action_read()

    def on_resize(self) -> None:
        """Focus the findings again after a terminal that was too small hid them."""
        if self.focused is None:
            self.call_after_refresh(self.query_one(OptionList).focus)

    # The report.

    def action_read(self) -> None:
        """Read the data again."""
        self.run_worker(self._ask(label_errors=False), group="ask", exclusive=True)

    def action_label_errors(self) -> None:
        """Find labels that are probably wrong."""
        self.run_worker(self._ask(label_errors=True), group="ask", exclusive=True)

    async def _ask(self, *, label_errors: bool) -> None:
        self._show_message(Content.styled("starting…", "dim"))
        try:
            found = await self._engine.ask(
                CheckData(self._config, label_errors), on_progress=self._show_progress
            )
        except (Problem, EngineFault) as error:
            self._show_message(Content.styled(plain(str(error)), "$text-error"))
            return
        self._show_message(Content(""))
        self._show(found, chosen="label-errors" if label_errors else "")

    def _show_progress(self, report: ProgressReport) -> None:
        self._show_message(Content.styled(f"{progress(report)}…  esc cancels", "dim"))

    def _show_message(self, message: Content) -> None:
        state = self.query_one("#state", Static)
        state.update(message)
        state.display = bool(message)

    # Figures and findings.

    def _show(self, found: DataReport, chosen: str) -> None:
        self.query_one("#splits-facts", Static).update(describe_splits(found))
        self.query_one("#labels-facts", Static).update(describe_labels(found))
        self.query_one("#lengths-facts", Static).update(describe_lengths(found))
        counted = f"tokens of {plain(found.tokenizer)}, training texts" if found.tokenizer else ""
        heads = list(self.query(".head").results(Static))
        heads[-1].update(Content.assemble("lengths ", (counted, "$text-muted")))
        self._found = found.findings
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options([Option(_line(each)) for each in found.findings])
        listed.display = bool(found.findings)
        names = [each.check for each in found.findings]
        if names:
            listed.highlighted = names.index(chosen) if chosen in names else 0
        self._show_detail()

    @on(OptionList.OptionHighlighted)
    def _show_detail(self) -> None:
        chosen = self.chosen
        detail = Content("The checks found nothing.")
        if chosen is not None:
            rows = "1 row" if chosen.rows == 1 else f"{format.count(chosen.rows)} rows"
            detail = Content("\n").join(
                [
                    Content(plain(chosen.meaning)),
                    Content.styled(plain(chosen.mend), "$text-muted"),
                    Content.assemble(("enter", "bold $primary"), f" show {rows}"),
                ]
            )
        self.query_one("#detail", Static).update(detail)
        self.refresh_bindings()

    @property
    def chosen(self) -> Finding | None:
        """The selected finding."""
        place = self.query_one(OptionList).highlighted
        return self._found[place] if place is not None and place < len(self._found) else None

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible now."""
        return self.chosen is not None if action == "open" and self.is_mounted else True

    @on(OptionList.OptionSelected)
    def action_open(self) -> None:
        """Show the rows of the selected finding."""
        if self.chosen is not None:
            self.app.push_screen(DataRowsScreen(self._engine, self._config, self.chosen))


def _line(finding: Finding) -> Content:
    glyph, colour = SEVERITIES[finding.severity]
    return Content.assemble((f"{glyph} ", f"bold {colour}"), plain(finding.title))
