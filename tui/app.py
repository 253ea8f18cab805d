"""BertclsApp: the terminal application. It opens screens and owns the engines."""

import asyncio
import os
import signal
from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from pathlib import Path, PurePath
from shutil import get_terminal_size
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.types import AnimationLevel

from core.problems import Problem
from core.runs.directory import RunDirectory
from core.text.plain import plain
from tui.garbage import collect_garbage, exempt_from_collection
from tui.screens import requests
from tui.styles.theme import THEME
from tui.terminal import TERMINATED, end_with_terminal

# Screens and engines are imported when they are opened, so that the first paint is quick.
if TYPE_CHECKING:
    from core.config import RunConfig
    from core.experiments.directory import ExperimentDirectory
    from core.protocol import Evaluate
    from tui.engine.client import Engine

# By then an opened run has been read, unless it is very long.
SETTLE_SECONDS = 3.0
# Paths take longer to read than a sentence.
REPORT_SECONDS = 20.0
# Textual shows these keys as signs, which ASCII lacks.
_KEYS_IN_WORDS = {"⏎": "enter", "⌫": "backspace", "↑": "up", "↓": "down", "←": "left", "→": "right"}


class BertclsApp(App[str]):
    """Opens the list of runs, or what its arguments name. Its result is a sentence to print, or None.

    Args:
        runs_dir: the folder of all runs.
        run: watch this run; leaving its screen quits.
        experiment: watch this experiment; leaving its screen quits.
        new_run: open the form for a new run with these values.
        evaluation: open this evaluation.
        data: show the data of this configuration.
        read_only: allow no changes to runs.
        note: why screens are drawn in ASCII, shown for some time at the start; empty if they are not.
    """

    TITLE = "bertcls"
    # Includes the stylesheet of the first screen: one parse less before the first paint.
    CSS_PATH: ClassVar[list[str | PurePath]] = ["styles/app.tcss", "styles/home.tcss"]
    DEFAULT_MODE = "main"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", tooltip="show the keys of this screen"),
        Binding("ctrl+q", "quit", "quit", tooltip="quit", show=False, priority=True),
    ]

    def __init__(
        self,
        runs_dir: Path,
        *,
        run: RunDirectory | None = None,
        experiment: "ExperimentDirectory | None" = None,
        new_run: "RunConfig | None" = None,
        evaluation: "Evaluate | None" = None,
        data: "RunConfig | None" = None,
        read_only: bool = False,
        note: str = "",
    ) -> None:
        # Only terminal colours can be omitted; others become shades of grey.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.runs_dir = runs_dir
        self._run = run
        self._experiment = experiment
        self._new_run = new_run
        self._evaluation = evaluation
        self._data = data
        self._read_only = read_only
        self._note = note
        self._engines: list[Engine] = []
        self.animation_level: AnimationLevel = "none"
        self.register_theme(THEME)
        self.set_reactive(App.theme, THEME.name)
        self.add_mode(self.DEFAULT_MODE, self._first_screen)

    @cached_property
    def engine(self) -> "Engine":
        """The engine for everything but predictions."""
        return self._make_engine()

    @cached_property
    def predictor(self) -> "Engine":
        """The engine for predictions alone, so that they stay quick."""
        return self._make_engine()

    def on_mount(self) -> None:
        """Exit cleanly on SIGTERM and with the terminal; open the form or the data if requested."""
        terminated = partial(self.exit, return_code=TERMINATED)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated)
        if not self.is_headless:
            end_with_terminal()
            self.call_after_refresh(exempt_from_collection)
        if self._note:
            self.notify(self._note, timeout=REPORT_SECONDS, markup=False)
        if self._new_run is not None:
            self.open_new_run(self._new_run)
        if self._data is not None:
            self.open_data(self._data)

    def on_resize(self, event: events.Resize) -> None:
        """Check a size against the terminal: of quick changes, an older one may arrive last."""
        # A terminal that scrolls smoothly reports its sizes in order.
        if self.is_headless or self.supports_smooth_scrolling:
            return
        if (size := Size(*get_terminal_size())) != event.size:
            self.post_message(events.Resize(size, size))

    async def on_unmount(self) -> None:
        """End the engines."""
        await asyncio.gather(*(engine.close() for engine in self._engines))

    def watch_run(self, run: RunDirectory) -> None:
        """Open the screen of a run."""
        self.push_screen(self._watch_screen(run))
        if not self.is_headless:
            self.set_timer(SETTLE_SECONDS, collect_garbage)

    def watch_experiment(self, experiment: "ExperimentDirectory") -> None:
        """Open the screen of an experiment."""
        self.push_screen(self._experiment_screen(experiment))

    def compare(self, chosen: "Sequence[RunDirectory | ExperimentDirectory]") -> None:
        """Open a comparison of runs, and of the runs of experiments."""
        from tui.screens.comparison import ComparisonScreen

        self.push_screen(ComparisonScreen(chosen, self.engine))

    def evaluate_run(self, run: RunDirectory) -> None:
        """Open the evaluation of `run` on its own data."""
        from core.protocol import Evaluate

        self.push_screen(self._evaluation_screen(Evaluate(str(run.path))))

    def open_new_run(self, config: "RunConfig | None" = None) -> None:
        """Open the form for a new run."""
        from tui.screens.new_run import NewRunScreen

        def started(run: RunDirectory | None) -> None:
            if run is not None:
                self.watch_run(run)

        self.push_screen(NewRunScreen(self.runs_dir, self.engine, config), started)

    def open_data(self, config: "RunConfig") -> None:
        """Open the data of a configuration."""
        from tui.screens.data import DataScreen

        self.push_screen(DataScreen(self.engine, config))

    @on(requests.WatchRun)
    def _watch_requested(self, request: requests.WatchRun) -> None:
        self.watch_run(request.run)

    @on(requests.WatchExperiment)
    def _watch_experiment_requested(self, request: requests.WatchExperiment) -> None:
        self.watch_experiment(request.experiment)

    @on(requests.EvaluateRun)
    def _evaluation_requested(self, request: requests.EvaluateRun) -> None:
        self.evaluate_run(request.run)

    @on(requests.CompareRuns)
    def _comparison_requested(self, request: requests.CompareRuns) -> None:
        self.compare(request.chosen)

    @on(requests.ShowData)
    def _data_requested(self, request: requests.ShowData) -> None:
        self.open_data(request.config)

    @on(requests.NewRun)
    def _new_run_requested(self) -> None:
        self.open_new_run()

    def get_key_display(self, binding: Binding) -> str:
        """Name a key, in words where screens are drawn in ASCII."""
        shown = super().get_key_display(binding)
        if self._note:
            for sign, word in _KEYS_IN_WORDS.items():
                shown = shown.replace(sign, word)
        return shown

    def action_help_quit(self) -> None:
        """On ctrl+c, show how to quit; a slip must end nothing."""
        self.notify("q leaves this screen, ctrl+q quits. Runs continue.", title="ctrl+c", markup=False)

    def action_help(self) -> None:
        """Show the keys of the screen."""
        from tui.screens.help import HelpScreen

        focused = self.screen.focused
        self.push_screen(HelpScreen.of(self.screen, *([focused] if focused else [])))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Commands of the palette on every screen."""
        if not self._read_only:
            yield SystemCommand("Home", "Go to the list of runs", self._go_home)
            yield SystemCommand("New run", "Choose data and train", self.open_new_run)
        run = getattr(screen, "run", None)
        if isinstance(run, RunDirectory):
            yield SystemCommand(
                "Report", "Write a report of this run as Markdown and HTML", partial(self._write_report, run)
            )
        yield SystemCommand("Help", "Show the keys of this screen", self.action_help)
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)
        yield SystemCommand("Quit", "Quit; runs continue", self.action_quit)
        kinds = ("config.toml", "experiment.toml")
        for name in sorted(path.parent.name for kind in kinds for path in self.runs_dir.glob(f"*/{kind}")):
            title = Content(plain(f"Attach {name}")).markup
            yield SystemCommand(title, "Watch this run", partial(self._watch_named, name), discover=False)

    def _first_screen(self) -> Screen[None]:
        if self._run is not None:
            return self._watch_screen(self._run)
        if self._experiment is not None:
            return self._experiment_screen(self._experiment)
        if self._evaluation is not None:
            return self._evaluation_screen(self._evaluation)
        from tui.screens.home import HomeScreen

        return HomeScreen(self.runs_dir)

    def _watch_named(self, name: str) -> None:
        from core.experiments.listing import find

        try:
            found = find(self.runs_dir, name)
            if isinstance(found, RunDirectory):
                self.watch_run(found)
            else:
                self.watch_experiment(found)
        except Problem as problem:
            self.notify(plain(str(problem)), severity="error", markup=False)

    def _write_report(self, run: RunDirectory) -> None:
        self.notify("writing the report…", markup=False)
        self.run_worker(self._report(run), group="report", exclusive=True)

    async def _report(self, run: RunDirectory) -> None:
        """Write the report and show its paths."""
        from core.protocol import WriteReport
        from tui.engine.client import EngineFault
        from tui.wording.run import report_headline

        try:
            found = await self.engine.ask(WriteReport(str(run.path)))
        except (Problem, EngineFault) as problem:
            self.notify(plain(str(problem)), severity="error", markup=False)
            return
        lines = [report_headline(found), *found.files]
        self.notify("\n".join(map(plain, lines)), title="report", timeout=REPORT_SECONDS, markup=False)

    async def _go_home(self) -> None:
        from tui.screens.home import HomeScreen

        while len(self.screen_stack) > 1 and not isinstance(self.screen, HomeScreen):
            await self.pop_screen()
        if not isinstance(self.screen, HomeScreen):
            await self.push_screen(HomeScreen(self.runs_dir))

    def _watch_screen(self, run: RunDirectory) -> Screen[None]:
        from tui.screens.watch import WatchScreen

        return WatchScreen(run, self.predictor, read_only=self._read_only)

    def _experiment_screen(self, experiment: "ExperimentDirectory") -> Screen[None]:
        from tui.screens.experiment import ExperimentScreen

        return ExperimentScreen(experiment, read_only=self._read_only)

    def _evaluation_screen(self, request: "Evaluate") -> Screen[None]:
        from tui.screens.evaluation import EvaluationScreen

        return EvaluationScreen(request, self.engine)

    def _make_engine(self) -> "Engine":
        from tui.engine.client import Engine

        engine = Engine()
        self._engines.append(engine)
        return engine
