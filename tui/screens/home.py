"""HomeScreen: the runs, the newest first, and what can be done with them."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from core.problems import Problem
from core.runs.directory import RunDirectory
from tui.plain import plain
from tui.widgets.key_bar import KeyBar
from tui.widgets.size_notice import LEAST_SIZE, SizeNotice

if TYPE_CHECKING:
    from core.runs.listing import RunSummary
    from tui.widgets.run_table import RunTable

# Seconds between two looks at the runs.
TICK = 1.0
RESUMABLE = ("interrupted", "stopped", "failed")
WELCOME = Content("\n").join(
    [
        Content.styled("Train a text classifier, watch it learn, try it out.", "bold"),
        Content(""),
        Content("There are no runs here yet. Begin with one of these:"),
        Content(""),
        Content.assemble(("n                       ", "bold $primary"), "fill in a form: data, model, go"),
        Content.assemble(("bertcls-tui demo        ", "bold $primary"), "two minutes with sample reviews"),
        Content.assemble(("bertcls-tui train DATA  ", "bold $primary"), "straight from a data file"),
        Content(""),
        Content.styled("A run goes on when this screen is closed or the connection is lost.", "$text-muted"),
    ]
)


class HomeScreen(Screen[None]):
    """Lists the runs in a folder, and looks again every second.

    Args:
        runs_dir: the folder of all runs.
    """

    CSS_PATH = "../styles/home.tcss"
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-flat"), (LEAST_SIZE[1], "-low")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new_run", "new run", tooltip="choose data and train"),
        Binding("enter", "attach", "attach", tooltip="watch the run"),
        Binding("a", "attach", "attach", tooltip="watch the run", show=False),
        Binding("r", "resume", "resume", tooltip="go on from the last checkpoint"),
        Binding("x", "delete", "delete", tooltip="delete the run with all its files"),
        Binding("delete", "delete", "delete", tooltip="delete the run with all its files", show=False),
        Binding("question_mark", "app.help", "help", tooltip="show the keys"),
        Binding("q", "app.quit", "quit", tooltip="leave; runs go on"),
    ]

    def __init__(self, runs_dir: Path) -> None:
        super().__init__()
        self._runs_dir = runs_dir
        self._table: RunTable | None = None

    def compose(self) -> ComposeResult:
        """Title, runs, what is known of the chosen one, keys. The table comes with the first run."""
        yield Static(self._title(None), id="title", markup=False)
        yield Static("reading runs…", id="welcome", markup=False)
        yield Static(id="details", markup=False)
        yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Look for runs after the first paint, then every second."""
        self.call_after_refresh(self.run_worker, self._follow, group="runs")

    @property
    def chosen(self) -> "RunSummary | None":
        """The run under the cursor."""
        return self._table.chosen if self._table else None

    # What is shown.

    async def _follow(self) -> None:
        from core.runs.listing import list_runs

        while True:
            await self._show(await asyncio.to_thread(list_runs, self._runs_dir))
            await asyncio.sleep(TICK)

    async def _show(self, runs: "list[RunSummary]") -> None:
        if runs and self._table is None:
            from tui.widgets.run_table import RunTable

            self._table = RunTable()
            await self.mount(self._table, before="#details")
            self._table.focus()
        if self._table is not None:
            self._table.show(runs)
            self._table.display = bool(runs)
        welcome = self.query_one("#welcome", Static)
        welcome.display = not runs
        if not runs:
            welcome.update(WELCOME)
        self.query_one("#title", Static).update(self._title(len(runs)))
        self._show_details()

    def _title(self, count: int | None) -> Content:
        runs = {None: "runs", 0: "no runs", 1: "1 run"}.get(count, f"{count} runs")
        return Content.assemble(("bertcls", "bold $primary"), f"  {runs}", (f" in {plain(str(self._runs_dir))}", "$text-muted"))

    @on(Static.Click if False else Static.Show)
    def _nothing(self) -> None: ...

    def _show_details(self) -> None: ...
