"""WatchScreen: one run as it goes on: curves, early stopping, figures, log, and texts to try."""

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen

from core.problems import Problem
from core.runs.commands import CommandName
from core.runs.directory import RunDirectory
from core.runs.launch import launch
from core.runs.state import RESUMABLE
from core.text.plain import plain
from tui.following.machine import DeviceFigures, MachineProbe, Probe, trainer_pid
from tui.following.run import RunFollower, RunUpdated
from tui.screens import requests
from tui.screens import steering as sending
from tui.screens.dialogs.adjust import Adjusted, AdjustScreen, NoteScreen
from tui.screens.dialogs.questions import Choice, LeaveScreen
from tui.screens.help import HelpScreen, KeyCommands
from tui.screens.watch_keys import KEYS, VIEWS, View
from tui.widgets.answering import Answerer
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.plot import Frame
from tui.widgets.charts.run_curves import RunCurves, loss_frame, metric_frame
from tui.widgets.panel import Panel
from tui.widgets.predict.panel import PredictPanel
from tui.widgets.predict.probes import PinsChanged, ProbeList, ProbesView
from tui.widgets.run import facts as figures
from tui.widgets.run.facts import outcome
from tui.widgets.run.log_panel import LogPanel
from tui.widgets.run.notice import Notice
from tui.widgets.run.status_line import StatusLine
from tui.widgets.screen_frame import LEAST_SIZE, READ_ONLY, KeyBar, SizeNotice, ViewBar

# Seconds between two looks at the machine.
DEVICE_TICK = 2.0


class WatchScreen(Screen[None]):
    """Watches one run, steers it, and lets texts be tried.

    Args:
        run: the run.
        engine: classifies texts; see `Answerer`.
        ask_on_quit: ask what becomes of a run that goes on before the app is left.
        read_only: watch, but never steer.
        probe: where device figures come from.
    """

    CSS_PATH = "../styles/watch.tcss"
    AUTO_FOCUS = ""
    COMMANDS: ClassVar = {KeyCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low"), (30, "-high"), (44, "-tall")]  # noqa: RUF012

    BINDINGS: ClassVar = KEYS

    def __init__(
        self,
        run: RunDirectory,
        engine: Answerer,
        *,
        ask_on_quit: bool = True,
        read_only: bool = False,
        probe: Probe | None = None,
    ) -> None:
        super().__init__()
        self.run = run
        self.follower = RunFollower(run)
        self._engine = engine
        self._ask_on_quit = ask_on_quit and not read_only
        self.set_class(read_only, READ_ONLY)
        self._probe = probe or MachineProbe()
        self._device: DeviceFigures | None = None
        self._curves = RunCurves()
        self._view: View = "chart"
        self._leaves_at_end = False

    def compose(self) -> ComposeResult:
        """Everything there is; the stylesheet shows what fits."""
        name = f"{self.run.name} (read-only)" if self.has_class(READ_ONLY) else self.run.name
        yield StatusLine(name, id="status")
        yield ViewBar(VIEWS, id="views")
        yield Panel(id="outcome")
        with Horizontal(id="main"):
            with Vertical(id="charts"):
                for chart, title in ((LineChart(id="loss"), "loss"), (LineChart(id="metric"), "accuracy")):
                    chart.border_title = title
                    yield chart
            with Vertical(id="figures"):
                yield Panel("early stopping", id="stopping")
                with VerticalScroll(id="run") as scroll:
                    scroll.border_title = "run"
                    yield Panel(id="run-facts")
                with VerticalScroll(id="device") as scroll:
                    scroll.border_title = "device"
                    yield Panel(id="device-facts")
        yield LogPanel(id="log")
        yield ProbesView(self.run.path, id="probes")
        yield PredictPanel(self.run.path, self._engine, id="try")
        yield Notice(id="notice")
        yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Begin to follow the run and the machine."""
        self._open("chart")
        if self.has_class(READ_ONLY):
            self.query_one(Notice).tell("read-only: no key steers this run")
        self.run_worker(self.follower.follow(self), group="follow")
        self.run_worker(self._watch_device(), group="device")

    def on_resize(self) -> None:
        """Another size may be another layout."""
        self.query_one("#status", StatusLine).is_narrow = not self.is_wide
        self._show_all()

    @property
    def is_wide(self) -> bool:
        """Whether charts, figures and the texts to try are in sight together."""
        return self.size.width >= 100 and self.size.height >= 30

    # What is shown: always the whole history, each widget draws only what has changed.

    @on(RunUpdated)
    @on(PinsChanged)
    def _show_all(self) -> None:
        follower = self.follower
        history, state = follower.history, follower.state
        self._curves = self._curves.following(history)
        if not follower.is_ready:
            self.query_one("#loss", LineChart).show(Frame(message=f"reading {history.count:,} events…"))
            return
        waiting = f"{plain(history.stage)}…" if state == "starting" and history.stage else "no steps yet"
        device = history.started.device_name if history.started else ""
        warned = figures.warnings(history)
        self.query_one("#status", StatusLine).show(history, state, device, len(warned), follower.silence)
        self.query_one(ViewBar).mark("run", len(warned))
        self.query_one("#loss", LineChart).show(loss_frame(history, self._curves, waiting))
        if history.plan is not None and history.plan.is_multi_label:
            self.query_one("#metric", LineChart).border_title = "F1"
        self.query_one("#metric", LineChart).show(metric_frame(history, self._curves, "no evaluation yet"))
        self._panel("stopping").show(figures.stopping(history, state))
        self._panel("run-facts").show(figures.run(history, self._curves.latest))
        self.query_one(LogPanel).show(follower.log)
        self.query_one(PredictPanel).show(history)
        self.query_one(ProbesView).show(history)
        self._show_outcome()
        self._show_device()
        self.query_one(Notice).show(history, warned, is_alive=follower.is_alive)
        self.refresh_bindings()
        if not follower.is_alive and (self._leaves_at_end or self._was_refused):
            self._exit()

    def _show_outcome(self) -> None:
        follower = self.follower
        content = outcome(follower.history, follower.state, self.run.name, list(follower.log.lines))
        self.set_class(content is not None, "-went-wrong")
        if content is not None:
            self._panel("outcome").show(content)

    def _show_device(self) -> None:
        # None while the screen is being taken down.
        for panel in self.query("#device-facts").results(Panel):
            panel.show(figures.device(self._device, self.follower.history))

    def _panel(self, name: str) -> Panel:
        return self.query_one(f"#{name}", Panel)

    async def _watch_device(self) -> None:
        while True:
            trainer = trainer_pid(self.follower.history, is_alive=self.follower.is_alive)
            self._device = await asyncio.to_thread(self._probe.read, trainer)
            self._show_device()
            await asyncio.sleep(DEVICE_TICK)

    @property
    def _was_refused(self) -> bool:
        """The run that the app was opened for never began: whoever opened it says why."""
        history = self.follower.history
        is_refused = history.ended is not None and history.ended.reason == "refused"
        return is_refused and history.started is None and self.app.screen_stack[0] is self

    # What the keys do.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which actions make sense now."""
        if action == "back":
            return self.app.screen_stack[0] is not self
        if self.has_class(READ_ONLY) and action in sending.ACTIONS:
            return False
        if action == "try":
            return not self.query_one(PredictPanel).is_typing
        follower = self.follower
        if not follower.is_ready:
            return True
        state, is_alive = follower.state, follower.is_alive
        if action == "detach":
            return is_alive
        if action == "restart":
            return not is_alive and state in RESUMABLE
        if action == "adjust":
            return is_alive and follower.history.plan is not None
        if action in ("send", "note") and follower.history.ended is not None and not is_alive:
            return False
        if action == "send" and parameters in (("pause",), ("release",), ("resume",)):
            return (parameters == ("resume",)) == (state == "paused")
        return True

    def action_send(self, name: CommandName) -> None:
        """Send a command to the trainer."""
        sending.send(self.follower, self.query_one(Notice), name)

    def action_adjust(self) -> None:
        """Ask for other settings, and send those that were changed."""
        self.app.push_screen(AdjustScreen(self.follower.history), self._adjust)

    def _adjust(self, adjusted: Adjusted | None) -> None:
        sending.send_all(self.follower, self.query_one(Notice), adjusted or {})

    def action_note(self) -> None:
        """Ask for a note, and send it."""
        self.app.push_screen(NoteScreen(self.follower.history.step), self._note)

    def _note(self, text: str | None) -> None:
        if text:
            sending.send(self.follower, self.query_one(Notice), "note", text=text)

    def action_restart(self) -> None:
        """Start the trainer again from the last checkpoint."""
        try:
            launch(self.run, resume=True)
        except Problem as problem:
            self.query_one(Notice).tell(str(problem))
            return
        self.query_one(Notice).tell("the trainer is starting again from the last checkpoint…")

    def action_evaluate(self) -> None:
        """Open the evaluation of the run."""
        self.post_message(requests.EvaluateRun(self.run))

    def action_view(self, view: View) -> None:
        """Open a view."""
        self._open(view)

    def action_log(self) -> None:
        """Open the log, or close it."""
        self._open("chart" if self._view == "log" else "log")

    def action_try(self) -> None:
        """Go to the input line."""
        if not self.is_wide or self._view == "log":
            self._open("try")
        self.query_one(PredictPanel).focus_input()

    def action_switch(self) -> None:
        """Switch between the best and the last checkpoint."""
        self.query_one(PredictPanel).action_switch()

    def action_metric(self) -> None:
        """Show the other chart, where there is room for one."""
        self.toggle_class("-metric")
        self._open("chart")

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen.of(self, self.query_one(PredictPanel), self.query_one(ProbeList)))

    def action_detach(self) -> None:
        """Leave; the run goes on."""
        self._exit()

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.dismiss()

    def action_leave(self) -> None:
        """Leave, after asking what becomes of a run that goes on."""
        if self._ask_on_quit and self.follower.is_alive:
            self.app.push_screen(LeaveScreen(is_paused=self.follower.state == "paused"), self._leave)
        else:
            self._exit()

    def _leave(self, choice: Choice | None) -> None:
        if choice == "detach":
            self._exit()
        elif choice == "stop":
            self._leaves_at_end = True
            self.action_send("stop")

    def _exit(self) -> None:
        follower, name = self.follower, self.run.name
        if follower.state == "paused":
            self.app.exit(f"{name} is paused and waits; `bertcls-tui attach {name}`, then p, lets it go on")
        elif follower.is_alive:
            self.app.exit(f"{name} goes on without the screen; `bertcls-tui attach {name}` shows it again")
        else:
            self.app.exit(f"{name}: {follower.state} at step {follower.history.step}")

    def _open(self, view: View) -> None:
        # At once: the styles of all widgets are looked up again with each change of a class.
        self.update_classes({f"-view-{name}": name == view for name in VIEWS})
        self._view = view
        self.query_one(ViewBar).show(view)
        if view == "log":
            self.query_one(LogPanel).focus()
        elif view in ("run", "device"):  # they scroll
            self.query_one(f"#{view}").focus()
        elif view == "probes":
            self.query_one(ProbesView).show(self.follower.history)
            self.query_one(ProbeList).focus()
        elif view != "try":
            self.set_focus(None)
