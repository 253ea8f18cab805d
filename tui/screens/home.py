"""HomeScreen: the list of runs and experiments, the newest first."""

import asyncio
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from core.problems import Problem
from core.runs.directory import RunDirectory
from core.text import format
from core.text.plain import plain
from tui.screens import requests
from tui.widgets.screen_frame import LEAST_SIZE, KeyBar, SizeNotice

if TYPE_CHECKING:
    from core.experiments.directory import ExperimentDirectory
    from core.experiments.listing import ExperimentSummary, Lister
    from core.runs.listing import RunSummary
    from tui.widgets.tables.run_table import RunTable

# Seconds between two readings of the runs.
TICK = 1.0


class HomeScreen(Screen[None]):
    """Lists the runs in a folder and reads it again every second.

    Args:
        runs_dir: the folder of all runs.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new_run", "new run", tooltip="choose data and train"),
        Binding("enter", "attach", "attach", tooltip="watch the run"),
        Binding("a", "attach", "attach", tooltip="watch the run", show=False),
        Binding("v", "evaluate", "evaluation", tooltip="evaluate: confusions, label scores, mistakes"),
        Binding("r", "resume", "resume", tooltip="resume from the last checkpoint"),
        Binding("space", "mark", "mark", tooltip="mark the run for a comparison"),
        Binding(
            "c",
            "compare",
            "compare",
            tooltip="compare the marked runs, or the selected one with baselines",
        ),
        Binding("i", "look", "data", tooltip="show the data of the run", show=False),
        Binding("x", "delete", "delete", tooltip="delete the run with all its files"),
        Binding("delete", "delete", "delete", tooltip="delete the run with all its files", show=False),
        Binding("question_mark", "app.help", "help", tooltip="show the keys"),
        Binding("q", "app.quit", "quit", tooltip="quit; runs continue"),
    ]

    def __init__(self, runs_dir: Path) -> None:
        super().__init__()
        self._runs_dir = runs_dir
        self._table: RunTable | None = None

    @cached_property
    def _lister(self) -> "Lister":
        from core.experiments.listing import Lister

        return Lister(self._runs_dir)

    def compose(self) -> ComposeResult:
        """Title, details of the selected run, keys; the table is mounted with the first run."""
        with Vertical(id="content"):
            yield Static(self._title(None), id="title", markup=False)
            yield Static("reading runs…", id="welcome", markup=False)
            yield Static(id="details", markup=False)
            yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Read the runs after the first paint, then every second."""
        self.call_after_refresh(self.run_worker, self._follow, group="runs")

    def on_resize(self) -> None:
        """Focus the table again after a terminal that was too small hid it."""
        if self._table is not None and self.focused is None:
            self.call_after_refresh(self._table.focus)

    @property
    def chosen(self) -> "RunSummary | ExperimentSummary | None":
        """The selected run or experiment."""
        return self._table.chosen if self._table else None

    @property
    def run(self) -> RunDirectory | None:
        """The directory of the selected run."""
        from core.runs.listing import RunSummary

        return RunDirectory(Path(self.chosen.path)) if isinstance(self.chosen, RunSummary) else None

    # The list.

    async def _follow(self) -> None:
        await self._look()
        await asyncio.sleep(TICK / 10)
        # The list is painted. Load the screen that probably comes next.
        await asyncio.to_thread(import_module, "tui.screens.watch")
        while True:
            await asyncio.sleep(TICK)
            await self._look()

    async def _look(self) -> None:
        runs = await asyncio.to_thread(self._lister.read)
        if runs and self._table is None and self._is_open:
            from tui.widgets.tables.run_table import RunTable

            self._table = RunTable()
            await self.query_one("#content").mount(self._table, before="#details")
            self._table.focus()
        if not self._is_open:
            return  # closed in the meantime
        if self._table is not None:
            self._table.show(runs)
            self._table.display = bool(runs)
        welcome = self.query_one("#welcome", Static)
        welcome.display = not runs
        if not runs:
            from tui.widgets.tables.run_details import WELCOME

            welcome.update(WELCOME)
        self.query_one("#title", Static).update(self._title(len(runs)))
        self._show_details()

    @property
    def _is_open(self) -> bool:
        return self.is_attached and self.app.is_running

    def _title(self, count: int | None) -> Content:
        runs = {None: "runs", 0: "no runs", 1: "1 run"}.get(count, f"{count} runs")
        return Content.assemble(
            ("bertcls", "bold $primary"), f"  {runs}", (f" in {plain(str(self._runs_dir))}", "$text-muted")
        )

    def on_run_chosen(self) -> None:
        """Show the details of the newly selected run."""
        self._show_details()

    def _show_details(self) -> None:
        run = self.chosen
        details = self.query_one("#details", Static)
        details.display = run is not None
        if run is not None:
            from tui.widgets.tables.run_details import details_of

            details.update(details_of(run))
        self.refresh_bindings()

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible for the selected run."""
        if action in ("attach", "delete", "mark"):
            return self.chosen is not None
        if action == "compare":
            return bool(self._to_compare)
        if action in ("evaluate", "look"):
            from core.runs.listing import RunSummary

            return isinstance(self.chosen, RunSummary)
        if action == "resume":
            from core.runs.state import RESUMABLE

            return self.chosen is not None and self.chosen.state in RESUMABLE
        return True

    def action_new_run(self) -> None:
        """Open the form for a new run."""
        self.post_message(requests.NewRun())

    def action_attach(self) -> None:
        """Watch the selected run or experiment."""
        found = self._open_chosen()
        if isinstance(found, RunDirectory):
            self.post_message(requests.WatchRun(found))
        elif found is not None:
            self.post_message(requests.WatchExperiment(found))

    def action_evaluate(self) -> None:
        """Evaluate the selected run."""
        found = self._open_chosen()
        if isinstance(found, RunDirectory):
            self.post_message(requests.EvaluateRun(found))

    def action_resume(self) -> None:
        """Resume the selected run or experiment and watch it."""
        from core.experiments import start
        from core.runs import launch

        found = self._open_chosen()
        try:
            if isinstance(found, RunDirectory):
                launch.launch(found, resume=True)
                self.post_message(requests.WatchRun(found))
            elif found is not None:
                start.launch(found)
                self.post_message(requests.WatchExperiment(found))
        except Problem as problem:
            self._show_message(problem)

    def action_mark(self) -> None:
        """Mark or unmark the selected run."""
        if self._table is not None:
            self._table.mark()
            self.refresh_bindings()

    @property
    def _to_compare(self) -> "list[RunSummary | ExperimentSummary]":
        """The marked runs; without any, the selected one if it has test scores or is an experiment."""
        from core.experiments.listing import ExperimentSummary

        chosen = self.chosen
        marked = self._table.marked if self._table else []
        if marked or chosen is None:
            return marked
        is_tested = isinstance(chosen, ExperimentSummary) or chosen.test_accuracy is not None
        return [chosen] if is_tested else []

    def action_compare(self) -> None:
        """Compare the marked runs."""
        from core.experiments.listing import open_listed

        try:
            self.post_message(requests.CompareRuns(list(map(open_listed, self._to_compare))))
        except Problem as problem:
            self._show_message(problem)

    def action_look(self) -> None:
        """Show the data of the selected run."""
        from core.config import build_config, read_config

        found = self._open_chosen()
        if isinstance(found, RunDirectory):
            try:
                self.post_message(requests.ShowData(build_config(read_config(found.config))))
            except Problem as problem:
                self._show_message(problem)

    def action_delete(self) -> None:
        """Delete the selected run or experiment after a confirmation."""
        if found := self._open_chosen():
            self.run_worker(self._delete(found), group="delete")

    async def _delete(self, found: "RunDirectory | ExperimentDirectory") -> None:
        from tui.screens.dialogs.questions import ConfirmScreen

        if found.is_alive:
            self._show_message(Problem("this run is still training", where=found.name, mend="Stop it first."))
            return
        size = format.size(await asyncio.to_thread(_size, found.path))
        question = f"Delete {plain(found.name)}?"
        details = [
            f"{size} in {plain(str(found.path))}",
            "Checkpoints, model and curves are deleted.",
        ]
        if not isinstance(found, RunDirectory):
            details[1] = "All its runs are deleted: checkpoints, models and curves."
        if not await self.app.push_screen_wait(ConfirmScreen(question, details, "delete")):
            return
        try:
            await asyncio.to_thread(found.delete)
        except Problem as problem:
            self._show_message(problem)
        await self._look()

    def _open_chosen(self) -> "RunDirectory | ExperimentDirectory | None":
        from core.experiments.listing import open_listed

        if self.chosen is None:
            return None
        try:
            return open_listed(self.chosen)
        except Problem as problem:
            self._show_message(problem)
            return None

    def _show_message(self, problem: Problem) -> None:
        self.notify(plain(str(problem)), severity="error", markup=False)


def _size(path: Path) -> int:
    """Bytes of all files under `path`."""
    return sum(file.lstat().st_size for file in path.rglob("*") if not file.is_dir())
