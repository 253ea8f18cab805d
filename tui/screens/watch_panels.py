"""WatchPanels: the widgets of the watch screen, filled from the history of the run."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll

from core.runs.directory import RunDirectory
from core.text.plain import plain
from tui.following.machine import DeviceFigures
from tui.following.run import RunFollower
from tui.screens.watch_keys import VIEWS
from tui.widgets.answering import Answerer
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.plot import Frame
from tui.widgets.charts.run_curves import RunCurves, loss_frame, metric_frame
from tui.widgets.panel import Panel
from tui.widgets.predict.panel import PredictPanel
from tui.widgets.predict.probes import ProbesView
from tui.widgets.run import facts
from tui.widgets.run.log_panel import LogPanel
from tui.widgets.run.notice import Notice
from tui.widgets.run.status_line import StatusLine
from tui.widgets.screen_frame import KeyBar, SizeNotice, ViewBar


class WatchPanels:
    """Every panel is given the whole history and draws only what changed.

    Args:
        run: the run.
        name: of the run, as the status line shows it.
        engine: classifies texts.
    """

    def __init__(self, run: RunDirectory, name: str, engine: Answerer) -> None:
        self._run = run
        self._curves = RunCurves()
        self.status = StatusLine(name, id="status")
        self.views = ViewBar(VIEWS, id="views")
        self._outcome = Panel(id="outcome")
        self._loss = _chart("loss", "loss")
        self._metric = _chart("metric", "accuracy")
        self._stopping = Panel("early stopping", id="stopping")
        self._run_facts = Panel(id="run-facts")
        self._device_facts = Panel(id="device-facts")
        self.log = LogPanel(id="log")
        self.probes = ProbesView(run.path, id="probes")
        self.predict = PredictPanel(run.path, engine, id="try")
        self.notice = Notice(id="notice")

    def compose(self) -> ComposeResult:
        """All panels; the stylesheet shows those that fit."""
        yield self.status
        yield self.views
        yield self._outcome
        with Horizontal(id="main"):
            with Vertical(id="charts"):
                yield self._loss
                yield self._metric
            with Vertical(id="figures"):
                yield self._stopping
                with VerticalScroll(id="run") as scroll:
                    scroll.border_title = "run"
                    yield self._run_facts
                with VerticalScroll(id="device") as scroll:
                    scroll.border_title = "device"
                    yield self._device_facts
        yield self.log
        yield self.probes
        yield self.predict
        yield self.notice
        yield KeyBar(id="keys")
        yield SizeNotice()

    def show(self, follower: RunFollower) -> bool:
        """Show what `follower` knows; return whether the run went wrong or waits, which has a panel."""
        history, state = follower.history, follower.state
        self._curves = self._curves.following(history)
        if not follower.is_ready:
            self._loss.show(Frame(message=f"reading {history.count:,} events…"))
            return False
        waiting = f"{plain(history.stage)}…" if state == "starting" and history.stage else "no steps yet"
        device = history.started.device_name if history.started else ""
        warned = facts.warnings(history)
        self.status.show(history, state, device, len(warned), follower.unresponsive_seconds)
        self.views.mark("run", len(warned))
        self._loss.show(loss_frame(history, self._curves, waiting))
        if history.plan is not None and history.plan.is_multi_label:
            self._metric.border_title = "F1"
        self._metric.show(metric_frame(history, self._curves, "no evaluation yet"))
        self._stopping.show(facts.stopping(history, state))
        self._run_facts.show(facts.run(history, self._curves.latest))
        self.log.show(follower.log)
        self.predict.show(history)
        self.probes.show(history)
        self.notice.show(history, warned, is_alive=follower.is_alive)
        outcome = facts.outcome(history, state, self._run.name, list(follower.log.lines))
        if outcome is not None:
            self._outcome.show(outcome)
        return outcome is not None

    def show_device(self, figures: DeviceFigures | None, follower: RunFollower) -> None:
        """Show the machine."""
        if self._device_facts.is_attached:  # the screen may be closing
            self._device_facts.show(facts.device(figures, follower.history))


def _chart(name: str, title: str) -> LineChart:
    chart = LineChart(id=name)
    chart.border_title = title
    return chart
