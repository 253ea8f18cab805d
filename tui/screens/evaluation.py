"""EvaluationScreen: confusions, label scores, calibration and mistakes of a checkpoint on labelled data."""

from pathlib import Path
from typing import ClassVar, Literal

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from core.problems import Problem
from core.protocol import Evaluate, EvaluationReport, ProgressReport, ReadTexts
from core.text.plain import plain
from tui.engine.client import EngineFault
from tui.screens.cell_texts import Cell, CellScreen
from tui.screens.help import HelpScreen, KeyCommands
from tui.widgets.answering import Answerer
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.plot import Frame
from tui.widgets.evaluation.confusion_matrix import ConfusionMatrix
from tui.widgets.evaluation.head import NO_CALIBRATION, scores, title, without_confusions
from tui.widgets.evaluation.judged_texts import JudgedTextsView
from tui.widgets.evaluation.label_scores import LabelScores
from tui.widgets.evaluation.reliability import reliability_frame, reliability_table
from tui.widgets.screen_frame import LEAST_SIZE, KeyBar, SizeNotice, ViewBar
from tui.wording.progress import progress

View = Literal["confusion", "labels", "calibration", "mistakes", "uncertain"]
VIEWS: tuple[View, ...] = ("confusion", "labels", "calibration", "mistakes", "uncertain")
_SHOWN: dict[View, str] = {
    "confusion": "the confusion matrix",
    "labels": "the labels",
    "calibration": "calibration",
    "mistakes": "mistakes",
    "uncertain": "uncertain texts",
}


class EvaluationScreen(Screen[None]):
    """Requests an evaluation and shows it in five views.

    Args:
        request: the first evaluation to show.
        engine: evaluates.
    """

    CSS_PATH = "../styles/evaluation.tcss"
    AUTO_FOCUS = ""
    COMMANDS: ClassVar = {KeyCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", tooltip="show the keys"),
        *[
            Binding(str(number), f"view('{view}')", view, tooltip=f"show {_SHOWN[view]}", show=False)
            for number, view in enumerate(VIEWS, 1)
        ],
        Binding("enter", "read", "texts", tooltip="read the texts of the cell"),
        Binding("n", "confusion(1)", "confusion", tooltip="next confusion, the most frequent first"),
        Binding("N", "confusion(-1)", "previous confusion", tooltip="previous confusion", show=False),
        Binding("o", "order", "order", tooltip="sort the labels another way"),
        Binding("tab", "next_view(1)", "view", tooltip="show the next view"),
        Binding("shift+tab", "next_view(-1)", "previous view", tooltip="show the previous view", show=False),
        Binding("s", "split", "test/validation", tooltip="switch between test and validation split"),
        Binding("b", "which", "best/last", tooltip="switch between best and last checkpoint"),
        Binding("r", "again", "again", tooltip="evaluate again with the current checkpoint"),
        Binding("escape", "back", "back", tooltip="cancel the evaluation, or go back"),
        Binding("q", "leave", "quit", tooltip="quit; runs continue"),
    ]

    def __init__(self, request: Evaluate, engine: Answerer) -> None:
        super().__init__()
        self._asked = request
        self._engine = engine
        self._report: EvaluationReport | None = None
        self._shown: Evaluate | None = None
        self._state = Content("")
        self._view: View = "confusion"

    def compose(self) -> ComposeResult:
        """Title, scores, tabs, the views, progress, keys."""
        with Vertical(id="content"):
            yield Static(id="title", markup=False)
            with VerticalScroll(id="head", can_focus=False):
                yield Static(id="scores", markup=False)
            yield ViewBar(VIEWS, id="views")
            with Vertical(id="view"):
                yield ConfusionMatrix(id="confusion")
                yield LabelScores(id="labels")
                with Horizontal(id="calibration"):
                    yield LineChart(id="diagram")
                    with VerticalScroll(id="bins"):
                        yield Static(id="bins-text", markup=False)
                yield JudgedTextsView(id="mistakes")
                yield JudgedTextsView(id="uncertain")
            yield Static(id="state", markup=False)
            yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Start the evaluation."""
        self.query_one("#diagram", LineChart).border_title = "accuracy by probability"
        self.query_one("#confusion", ConfusionMatrix).border_title = "true and predicted labels"
        self.query_one("#bins").border_title = "before and after temperature scaling"
        self.query_one("#labels").border_title = "labels"
        self.query_one("#mistakes").border_title = "mistakes, most confident first"
        self.query_one("#uncertain").border_title = "least certain predictions first"
        self._open("confusion")
        self._ask()

    # The evaluation.

    def _ask(self) -> None:
        self._show_title()
        self.run_worker(self._evaluate(self._asked), group="ask", exclusive=True)

    async def _evaluate(self, request: Evaluate) -> None:
        self._show_message(Content.styled("starting…", "dim"))
        try:
            found = await self._engine.ask(request, on_progress=self._show_progress)
        except (Problem, EngineFault) as error:
            self._show_message(Content.styled(plain(str(error)), "$text-error"))
            return
        self._report, self._shown = found, request
        self._show_message(Content(""))
        self._show()

    def _show_progress(self, report: ProgressReport) -> None:
        self._show_message(Content.styled(f"{progress(report)}…  esc cancels", "$text-warning"))

    @property
    def _has_confusions(self) -> bool:
        return self._report is not None and self._report.confusion is not None

    @property
    def _is_asking(self) -> bool:
        return any(
            worker.group == "ask" and not worker.is_finished for worker in self.workers if worker.node is self
        )

    # Views.

    def _show_message(self, content: Content) -> None:
        self._state = content
        for state in self.query("#state").results(Static):  # none while the screen closes
            state.update(content)
            state.display = bool(content.plain)
            state.set_class(self._report is None, "-alone")

    def _show_title(self) -> None:
        self.query_one("#title", Static).update(title(Path(self._asked.run).name, self._report))

    def _show(self) -> None:
        found = self._report
        if found is None:
            return
        self._show_title()
        self.query_one("#scores", Static).update(scores(found))
        names = [label.label for label in found.labels]
        if found.confusion is None:
            self.query_one(ConfusionMatrix).show_message(without_confusions(found))
            self._view = "labels" if self._view == "confusion" else self._view
        else:
            self.query_one(ConfusionMatrix).show(names, found.confusion)
        self.query_one(LabelScores).show(found)
        if found.calibration is None:
            self.query_one("#diagram", LineChart).show(Frame())
            self.query_one("#bins-text", Static).update(NO_CALIBRATION)
        else:
            self.query_one("#diagram", LineChart).show(reliability_frame(found.calibration))
            self.query_one("#bins-text", Static).update(reliability_table(found.calibration))
        wrong = found.examples - round(found.accuracy * found.examples)
        self.query_one("#mistakes").border_subtitle = f"{len(found.mistakes):,} of {wrong:,}"
        self.query_one("#mistakes", JudgedTextsView).show(found.mistakes)
        self.query_one("#uncertain", JudgedTextsView).show(found.uncertain)
        self._open(self._view)

    @on(ConfusionMatrix.Opened)
    def _open_cell(self, event: ConfusionMatrix.Opened) -> None:
        found, shown = self._report, self._shown
        assert found is not None
        assert shown is not None
        names = [label.label for label in found.labels]
        if found.is_own:
            # The split on show: which one is the default may have changed meanwhile.
            shown = replace(shown, split=found.split)
        cell = Cell(
            request=ReadTexts(shown, found.step, event.label, event.predicted),
            title=f"{found.which} @{found.step:,} on {found.split}",
            label=names[event.label],
            predicted=names[event.predicted],
        )
        self.app.push_screen(CellScreen(cell, self._engine))

    @on(LabelScores.Chosen)
    def _show_label(self, event: LabelScores.Chosen) -> None:
        if self._has_confusions:
            self._open("confusion")
            self.query_one(ConfusionMatrix).go_to(event.label, event.label)

    def _open(self, view: View) -> None:
        self.update_classes({f"-view-{name}": name == view for name in VIEWS})
        self.set_class(self._report is not None, "-found")
        self._view = view
        self.query_one(ViewBar).show(view)
        self.refresh_bindings()
        match view:
            case "confusion":
                self.query_one(ConfusionMatrix).focus()
            case "labels":
                self.query_one(LabelScores).focus_table()
            case "calibration":
                self.query_one("#bins").focus()
            case _:
                self.query_one(f"#{view}", JudgedTextsView).focus_table()

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible now."""
        if action in ("read", "confusion"):
            return self._view == "confusion" and self._has_confusions
        if action == "order":
            return self._view == "labels"
        if action == "split":
            return self._asked.data is None
        if action == "back":
            return self.app.screen_stack[0] is not self or self._is_asking
        return True

    def action_view(self, view: View) -> None:
        """Show a view."""
        self._open(view)

    def action_next_view(self, direction: int) -> None:
        """Show the next or the previous view."""
        self._open(VIEWS[(VIEWS.index(self._view) + direction) % len(VIEWS)])

    def action_read(self) -> None:
        """Open the texts of the selected cell."""
        self.query_one(ConfusionMatrix).open_cell()

    def action_confusion(self, direction: int) -> None:
        """Go to the next or the previous confusion by frequency."""
        self.query_one(ConfusionMatrix).go_to_confusion(direction)

    def action_order(self) -> None:
        """Sort the labels another way."""
        self.query_one(LabelScores).next_order()

    def action_split(self) -> None:
        """Evaluate on the other split of the run."""
        now = self._report.split if self._report else self._asked.split or "test"
        self._asked = replace(self._asked, split="validation" if now == "test" else "test")
        self._ask()

    def action_which(self) -> None:
        """Evaluate the other checkpoint; the last one on validation, as only the best was tested."""
        which = "last" if self._asked.which == "best" else "best"
        is_validation = which == "last" and self._asked.data is None
        # The best checkpoint goes back to its default split.
        self._asked = replace(self._asked, which=which, split="validation" if is_validation else None)
        self._ask()

    def action_again(self) -> None:
        """Evaluate again with the current checkpoint."""
        self._ask()

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(
            HelpScreen.of(self, self.query_one(ConfusionMatrix), self.query_one("#mistakes"))
        )

    def action_back(self) -> None:
        """Cancel a running evaluation if there is another to show; else go back."""
        if self._is_asking:
            self.workers.cancel_group(self, "ask")
            self._asked = self._shown or self._asked
            self._show_message(Content.styled("cancelled; r evaluates again", "dim"))
            if self._report is not None or self.app.screen_stack[0] is self:
                return
        self.dismiss()

    def action_leave(self) -> None:
        """Quit."""
        self.app.exit()
