"""ComparisonScreen: runs on the same test split: scores, costs, differences, and texts that separate them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from core.experiments.comparison import comparison_request
from core.experiments.directory import ExperimentDirectory
from core.problems import Problem
from core.protocol import Comparison, ProgressReport
from core.runs.directory import RunDirectory
from core.text.plain import plain
from tui.engine.client import EngineFault
from tui.screens.help import KeyCommands
from tui.widgets.evaluation.comparison import DisagreementView, SheetView
from tui.widgets.screen_frame import LEAST_SIZE, KeyBar, SizeNotice, ViewBar
from tui.wording.comparison import sheets
from tui.wording.progress import progress

if TYPE_CHECKING:
    from tui.engine.client import Engine

View = Literal["tables", "texts"]
VIEWS: tuple[View, ...] = ("tables", "texts")


class ComparisonScreen(Screen[None]):
    """Requests a comparison and shows it.

    Args:
        chosen: runs, and experiments, which stand for their trained runs.
        engine: answers `compare`.
    """

    CSS_PATH = "../styles/comparison.tcss"
    AUTO_FOCUS = ""
    COMMANDS: ClassVar = {KeyCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "app.help", "help", tooltip="show the keys"),
        Binding("t", "other", "tables or texts", tooltip="switch between tables and texts"),
        Binding("tab", "other", "tables or texts", tooltip="switch between tables and texts", show=False),
        *[
            Binding(str(number), f"view('{view}')", view, tooltip=f"show {view}", show=False)
            for number, view in enumerate(VIEWS, 1)
        ],
        Binding("left_square_bracket", "read(-1)", "text up", tooltip="scroll the text up", show=False),
        Binding("right_square_bracket", "read(1)", "text down", tooltip="scroll the text down", show=False),
        Binding("escape", "back", "back", tooltip="go back"),
        Binding("q", "app.quit", "quit", tooltip="quit; runs continue"),
    ]

    def __init__(self, chosen: Sequence[RunDirectory | ExperimentDirectory], engine: "Engine") -> None:
        super().__init__()
        self._chosen = chosen
        self._engine = engine
        self._view: View = "tables"
        self.found: Comparison | None = None

    def compose(self) -> ComposeResult:
        """Title, tabs, and the two views."""
        names = " · ".join(plain(each.name) for each in self._chosen)
        yield Static(
            Content.assemble(("bertcls", "bold $primary"), "  comparison  ", (names, "$text-muted")),
            id="title",
            markup=False,
        )
        yield ViewBar(VIEWS, id="views")
        yield Static("reading the runs…", id="message", markup=False)
        with VerticalScroll(id="tables"):
            yield SheetView(id="sheets")
        yield DisagreementView(id="texts")
        yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Request the comparison."""
        self.run_worker(self._ask(), group="compare")

    async def _ask(self) -> None:
        try:
            self.found = await self._engine.ask(
                comparison_request(self._chosen), on_progress=self._on_progress
            )
        except (Problem, EngineFault) as problem:
            self._show_message(str(problem), "bold $text-error")
            return
        self.query_one("#sheets", SheetView).show(sheets(self.found))
        self.query_one(DisagreementView).show(self.found)
        self.query_one("#message").display = False
        self._open(self._view)

    def _on_progress(self, report: ProgressReport) -> None:
        self._show_message(f"{progress(report)}…", "$text-muted")

    def _show_message(self, sentence: str, style: str) -> None:
        self.query_one("#message", Static).update(Content.styled(plain(sentence), style))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible now."""
        if action in ("other", "view"):
            return self.found is not None
        if action == "read":
            return self._view == "texts"
        return True

    def action_view(self, view: View) -> None:
        """Open a view."""
        self._open(view)

    def action_other(self) -> None:
        """Open the other view."""
        self._open("texts" if self._view == "tables" else "tables")

    def action_read(self, direction: int) -> None:
        """Scroll the text."""
        scroll = self.query_one("#text-scroll", VerticalScroll)
        scroll.scroll_relative(y=direction * max(1, scroll.size.height - 1), animate=False)

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.dismiss()

    def _open(self, view: View) -> None:
        self._view = view
        self.update_classes({f"-view-{name}": name == view for name in VIEWS})
        self.query_one(ViewBar).show(view)
        target = self.query_one("#apart") if view == "texts" else self.query_one("#tables")
        target.focus()
        self.refresh_bindings()
