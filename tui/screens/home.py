"""HomeScreen: the runs, the newest first, and what can be done with them."""

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
from tui import format
from tui.plain import plain
from tui.widgets.key_bar import KeyBar
from tui.widgets.size_notice import LEAST_SIZE, SizeNotice

if TYPE_CHECKING:
    from core.runs.listing import RunLister, RunSummary
    from tui.app import BertclsApp
    from tui.widgets.run_table import RunTable

# Seconds between two looks at the runs.
TICK = 1.0
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

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low")]  # noqa: RUF012 - as Textual declares it
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

    app: "BertclsApp"

    def __init__(self, runs_dir: Path) -> None:
        super().__init__()
        self._runs_dir = runs_dir
        self._table: RunTable | None = None

    @cached_property
    def _lister(self) -> "RunLister":
        from core.runs.listing import RunLister

        return RunLister(self._runs_dir)

    def compose(self) -> ComposeResult:
        """Title, runs, what is known of the chosen one, keys. The table comes with the first run."""
        with Vertical(id="content"):
            yield Static(self._title(None), id="title", markup=False)
            yield Static("reading runs…", id="welcome", markup=False)
            yield Static(id="details", markup=False)
            yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Look for runs after the first paint, then every second."""
        self.call_after_refresh(self.run_worker, self._follow, group="runs")

    def on_resize(self) -> None:
        """A terminal that was too small hid the table and took its focus."""
        if self._table is not None and self.focused is None:
            self.call_after_refresh(self._table.focus)

    @property
    def chosen(self) -> "RunSummary | None":
        """The run under the cursor."""
        return self._table.chosen if self._table else None

    # What is shown.

    async def _follow(self) -> None:
        await self._look()
        await asyncio.sleep(TICK / 10)
        # The list is painted: now for the screen that is likely to come next, so that it is there sooner.
        await asyncio.to_thread(import_module, "tui.screens.watch")
        while True:
            await asyncio.sleep(TICK)
            await self._look()

    async def _look(self) -> None:
        runs = await asyncio.to_thread(self._lister.read)
        if not self.is_attached:
            return  # left while the runs were read
        if runs and self._table is None:
            from tui.widgets.run_table import RunTable

            self._table = RunTable()
            await self.query_one("#content").mount(self._table, before="#details")
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
        return Content.assemble(
            ("bertcls", "bold $primary"), f"  {runs}", (f" in {plain(str(self._runs_dir))}", "$text-muted")
        )

    def on_run_chosen(self) -> None:
        """The cursor of the table is on another run."""
        self._show_details()

    def _show_details(self) -> None:
        run = self.chosen
        details = self.query_one("#details", Static)
        details.display = run is not None
        if run is not None:
            details.update(_details(run))
        self.refresh_bindings()

    # What the keys do.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which actions make sense for the chosen run."""
        if action in ("attach", "delete"):
            return self.chosen is not None
        if action == "resume":
            from core.runs.listing import RESUMABLE

            return self.chosen is not None and self.chosen.state in RESUMABLE
        return True

    def action_new_run(self) -> None:
        """Open the form for a new run."""
        self.app.open_new_run()

    def action_attach(self) -> None:
        """Watch the chosen run."""
        if run := self._open_chosen():
            self.app.watch_run(run)

    def action_resume(self) -> None:
        """Start the trainer of the chosen run again and watch it."""
        from core.runs.launch import launch

        if run := self._open_chosen():
            launch(run, resume=True)
            self.app.watch_run(run)

    def action_delete(self) -> None:
        """Delete the chosen run when the person agrees."""
        if run := self._open_chosen():
            self.run_worker(self._delete(run), group="delete")

    async def _delete(self, run: RunDirectory) -> None:
        from tui.screens.confirm import ConfirmScreen

        if run.is_alive:
            self._tell(Problem("this run is still training", where=run.name, mend="Stop it first."))
            return
        size = format.size(await asyncio.to_thread(_size, run.path))
        question = f"Delete {plain(run.name)}?"
        details = [f"{size} in {plain(str(run.path))}", "Checkpoints, model and curves go with it."]
        if not await self.app.push_screen_wait(ConfirmScreen(question, details, "delete")):
            return
        try:
            await asyncio.to_thread(run.delete)
        except Problem as problem:
            self._tell(problem)
        await self._look()

    def _open_chosen(self) -> RunDirectory | None:
        if self.chosen is None:
            return None
        try:
            return RunDirectory.open(Path(self.chosen.path))
        except Problem as problem:
            self._tell(problem)
            return None

    def _tell(self, problem: Problem) -> None:
        self.notify(plain(str(problem)), severity="error", markup=False)


def _details(run: "RunSummary") -> Content:
    """What there is to say of a run beside its line in the table."""
    steps = f"step {run.step:,} of {run.max_steps:,}" if run.max_steps else "no step yet"
    parts = [plain(run.model) or "model not known yet", steps]
    if run.best is not None:
        best = f"best {format.metric(run.metric)} {format.score(run.best)}"
        parts.append(f"{best} on validation at step {run.best_step:,}")
    if run.test_accuracy is not None:
        parts.append(f"accuracy {format.score(run.test_accuracy)} on test")
    lines = [
        Content.styled(plain(run.name), "bold"),
        Content(" · ".join(parts)),
    ]
    if run.error:
        lines.append(Content.styled(plain(run.error), "$text-error"))
    elif run.state == "interrupted":
        lines.append(
            Content.styled(
                "The trainer ended before its time; r goes on from the last checkpoint.", "$text-warning"
            )
        )
    return Content("\n").join(lines)


def _size(path: Path) -> int:
    """Bytes of all files under `path`."""
    return sum(file.lstat().st_size for file in path.rglob("*") if not file.is_dir())
