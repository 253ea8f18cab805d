"""ExperimentScreen: the runs of an experiment as they train: a chart of all models, and a table."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from core.experiments.comparison import differing_settings
from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import OVER, RESUMABLE
from core.experiments.start import launch
from core.problems import Problem
from core.runs import commands
from core.text import format
from core.text.plain import plain
from tui.following.experiment import ExperimentReader, MemberReader
from tui.following.run import RunUpdated
from tui.screens import requests
from tui.screens.dialogs.questions import Choice, LeaveScreen
from tui.screens.help import KeyCommands
from tui.widgets.charts.experiment_curves import loss_frame, metric_frame, shown_metric
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.plot import Frame
from tui.widgets.run.notice import Notice
from tui.widgets.run.status_line import ExperimentLine
from tui.widgets.screen_frame import LEAST_SIZE, READ_ONLY, KeyBar, SizeNotice
from tui.widgets.tables.member_table import MemberChosen, MemberTable


class ExperimentScreen(Screen[None]):
    """Follows one experiment and steers it.

    Args:
        experiment: the experiment.
        read_only: watch, but never steer.
    """

    CSS_PATH = "../styles/experiment.tcss"
    AUTO_FOCUS = "MemberTable"
    COMMANDS: ClassVar = {KeyCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "app.help", "help", tooltip="show the keys"),
        Binding("enter", "watch", "watch run", tooltip="watch the selected run"),
        Binding("s", "stop", "stop", tooltip="stop after this step with a checkpoint; start no other run"),
        Binding("r", "restart", "resume", tooltip="train the runs that are not trained yet"),
        Binding("c", "compare", "compare", tooltip="compare the trained runs on the test split"),
        Binding("m", "metric", "loss", tooltip="switch between loss and score (small screens)"),
        Binding("d", "detach", "detach", tooltip="quit; the experiment continues"),
        Binding("escape", "back", "back", tooltip="go back"),
        Binding("q", "leave", "quit", tooltip="quit: detach, or stop and save"),
    ]

    def __init__(self, experiment: ExperimentDirectory, *, read_only: bool = False) -> None:
        super().__init__()
        self.set_class(read_only, READ_ONLY)
        self.experiment = experiment
        self.reader = ExperimentReader(experiment)
        self._terms = [plain(sentence) for sentence in differing_settings(experiment.members)]
        self._leaves_at_end = False

    def compose(self) -> ComposeResult:
        """Status, charts, table of runs, details of the selected one."""
        name = self.experiment.name
        yield ExperimentLine(f"{name} (read-only)" if self.has_class(READ_ONLY) else name, id="status")
        with Horizontal(id="charts"):
            for chart in (LineChart(id="metric"), LineChart(id="loss")):
                chart.border_title = "validation"
                yield chart
        yield MemberTable(self.reader.members, id="members")
        yield Static(id="details", markup=False)
        yield Static("\n".join(self._terms), id="terms", markup=False)
        yield Notice(id="notice")
        yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Start following the runs."""
        self.query_one("#terms").display = bool(self._terms)
        self.query_one("#metric", LineChart).show(Frame(message="reading…"))
        self.run_worker(self.reader.follow(self), group="follow")

    # Every widget is given the whole histories and draws only what changed.

    @on(RunUpdated)
    def _show_all(self) -> None:
        reader = self.reader
        metric = self.query_one("#metric", LineChart)
        mean = ", mean over seeds" if len(reader.models) < len(reader.members) else ""
        metric.border_title = f"validation {shown_metric(reader).name}{mean}"
        metric.show(metric_frame(reader, "no evaluation yet"))
        loss = self.query_one("#loss", LineChart)
        loss.border_title = f"validation loss{mean}"
        loss.show(loss_frame(reader, "no evaluation yet"))
        self.query_one("#status", ExperimentLine).show(reader)
        self.query_one(MemberTable).show()
        self._show_details()
        if self._leaves_at_end and not reader.is_alive:
            self._exit()

    @on(MemberChosen)
    def _show_details(self) -> None:
        table = self.query_one(MemberTable)
        self.query_one("#details", Static).update(_details(self.reader, table.chosen))
        self.refresh_bindings()

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible now."""
        reader = self.reader
        if action in ("stop", "restart") and self.has_class(READ_ONLY):
            return False
        match action:
            case "back":
                return self.app.screen_stack[0] is not self
            case "stop" | "detach":
                return reader.is_alive
            case "restart":
                return not reader.is_alive and reader.state in RESUMABLE
            case "compare":
                return any(map(_is_tested, reader.members))
            case "metric":
                return not self.has_class("-wide")
            case "watch":
                return bool(reader.members)
        return True

    def action_watch(self) -> None:
        """Watch the selected run."""
        chosen = self.query_one(MemberTable).chosen
        if chosen.has_begun:
            self.post_message(requests.WatchRun(chosen.run))
        else:
            self._show_message(f"{chosen.member.name} has not started yet")

    def action_stop(self) -> None:
        """Stop the current run after its step and start no further one."""
        try:
            commands.post(self.experiment.commands, "stop")
            self._show_message("stopping after this step with a checkpoint; no further run is started")
        except Problem as problem:
            self._show_message(f"stop cannot be delivered: {problem.what}")

    def action_restart(self) -> None:
        """Train the runs that are not trained yet."""
        try:
            launch(self.experiment)
            self._show_message("training the remaining runs…")
        except Problem as problem:
            self._show_message(str(problem))

    def action_compare(self) -> None:
        """Compare the trained runs."""
        self.post_message(requests.CompareRuns([self.experiment]))

    def action_metric(self) -> None:
        """Show the other chart where only one fits."""
        self.toggle_class("-loss")

    def action_detach(self) -> None:
        """Quit; the experiment continues."""
        self._exit()

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.dismiss()

    def action_leave(self) -> None:
        """Quit; ask first whether to stop an active experiment."""
        if self.reader.is_alive and not self.has_class(READ_ONLY):
            self.app.push_screen(LeaveScreen("experiment"), self._leave)
        else:
            self._exit()

    def _leave(self, choice: Choice | None) -> None:
        if choice == "detach":
            self._exit()
        elif choice == "stop":
            self._leaves_at_end = True
            self.action_stop()

    def _exit(self) -> None:
        reader, name = self.reader, self.experiment.name
        count = f"{reader.trained} of {len(reader.members)} trained"
        if reader.is_alive:
            self.app.exit(f"{name} continues in the background; `bertcls-tui attach {name}` shows it again")
        else:
            self.app.exit(f"{name}: {reader.state}, {count}; `bertcls-tui compare {name}` compares the runs")

    def _show_message(self, message: str) -> None:
        self.query_one(Notice).show_message(plain(message))


def _is_tested(member: MemberReader) -> bool:
    return member.state in OVER and member.history.test is not None


def _details(reader: ExperimentReader, member: MemberReader) -> Content:
    """Details of the selected run, and why the experiment was interrupted."""
    history = member.history
    plan, ended = history.plan, history.ended
    parts = [plain(member.member.name)]
    if plan is not None:
        parts += [
            f"{plain(plan.model)}, {format.count(plan.parameters)} parameters",
            f"at most {plan.max_length} tokens",
            f"learning rate {plan.learning_rate:g}",
            f"seed {plan.seed}",
        ]
    elif member.state == "waiting":
        parts.append("not started yet")
    lines = [Content(" · ".join(parts))]
    if history.test is not None:
        lines.append(Content(f"test {format.f1(history.test.macro_f1, history.test.micro_f1)}"))
    if ended is not None and ended.error:
        lines.append(Content.styled(plain(ended.error), "$text-error"))
    elif reader.state == "interrupted":
        lines.append(
            Content.styled(
                "The process that trains the runs ended unexpectedly; r resumes it.",
                "$text-warning",
            )
        )
    return Content("\n").join(lines)
