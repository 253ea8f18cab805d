"""RunTable: runs and experiments, with as many columns as the terminal has space for."""

import time

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import DataTable

from core.experiments.listing import ExperimentSummary, MemberState
from core.runs.listing import RunSummary
from core.text import format
from core.text.plain import plain
from tui.widgets.tables.line_table import LineTable

# Columns by width of the table in cells; the run name gets the rest.
NARROW = ("run", "state", "best on validation", "when")
MIDDLE = ("run", "model", "state", "validation", "when")
WIDE = ("run", "model", "state", "best on validation", "test accuracy", "step", "when")
MIDDLE_FROM, WIDE_FROM = 76, 108
MOST_WIDTH = 20
STATE_WIDTH = 24
MIDDLE_MODEL = 12
# In the middle table; the details below it have the full names.
_SHORT_METRICS = {"accuracy": "acc", "macro_f1": "F1", "micro_f1": "miF1", "loss": "loss"}
# A glyph, so that states differ without colour, and a colour of the theme.
STATES: dict[MemberState, tuple[str, str]] = {
    "waiting": ("·", "text-muted"),
    "starting": ("◌", "primary"),
    "training": ("●", "success"),
    "paused": ("‖", "warning"),
    "waiting for disk space": ("▲", "error"),
    "finishing": ("◐", "success"),
    "finished": ("✓", "success"),
    "early stopped": ("✓", "success"),
    "stopped": ("■", "warning"),
    "failed": ("✗", "error"),
    "interrupted": ("!", "error"),
    "unreadable": ("?", "error"),
}
# Alive, but not responding.
_NOT_RESPONDING = ("◌", "warning")


class RunChosen(Message):
    """Another run was selected."""


class RunTable(LineTable):
    """Keeps the cursor on the same run while rows come and go."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunSummary | ExperimentSummary] = []
        self._marked: set[str] = set()
        self._widths: dict[str, int] = {}

    @property
    def chosen(self) -> RunSummary | ExperimentSummary | None:
        """The selected run or experiment."""
        return self._runs[self.cursor_row] if 0 <= self.cursor_row < len(self._runs) else None

    @property
    def marked(self) -> list[RunSummary | ExperimentSummary]:
        """The marked ones, in the order of the table."""
        return [run for run in self._runs if run.path in self._marked]

    def mark(self) -> None:
        """Mark or unmark the selected row and go to the next."""
        if self.chosen is not None:
            self._marked ^= {self.chosen.path}
            self._update([self._cells(run) for run in self._runs])
            self.action_cursor_down()

    def show(self, runs: list[RunSummary | ExperimentSummary]) -> None:
        """Show `runs` in their order; the cursor stays on its run."""
        before = self.chosen
        same_lines = [run.path for run in runs] == [run.path for run in self._runs]
        self._runs = runs
        lines = [self._cells(run) for run in runs]
        if same_lines and self._fit(lines) == self._widths:
            self._update(lines)
        else:
            places = {run.path: row for row, run in enumerate(runs)}
            self._fill(lines, places.get(before.path if before else "", self.cursor_row))

    def on_resize(self, event: events.Resize) -> None:
        """Choose the columns for the new width."""
        self._fill([self._cells(run) for run in self._runs], self.cursor_row)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Report the newly selected run."""
        self.post_message(RunChosen())

    def _fit(self, lines: list[dict[str, Text]]) -> dict[str, int]:
        """The columns that fit, with their widths."""
        width = self.size.width
        names = WIDE if width >= WIDE_FROM else MIDDLE if width >= MIDDLE_FROM else NARROW
        limits = [STATE_WIDTH if name == "state" and names is not NARROW else MOST_WIDTH for name in names]
        widths = {
            name: min(limit, max(len(name), *(line[name].cell_len for line in lines), 0))
            for name, limit in zip(names, limits, strict=True)
        }
        if names is MIDDLE:
            widths["model"] = min(widths["model"], MIDDLE_MODEL)
        others = sum(widths.values()) - widths["run"] + 2 * self.cell_padding * len(names)
        widths["run"] = max(12, self.size.width - others - self.scrollbar_size_vertical)
        return widths

    def _fill(self, lines: list[dict[str, Text]], cursor_row: int) -> None:
        self._widths = self._fit(lines)
        with self.app.batch_update():
            self.clear(columns=True)
            for name, width in self._widths.items():
                self.add_column(name, key=name, width=width)
            for run, line in zip(self._runs, lines, strict=True):
                self.add_row(*(line[name] for name in self._widths), key=run.path)
            self.move_cursor(row=max(0, min(cursor_row, len(self._runs) - 1)))

    def _update(self, lines: list[dict[str, Text]]) -> None:
        for run, line in zip(self._runs, lines, strict=True):
            for name in self._widths:
                if self.get_cell(run.path, name) != line[name]:
                    self.update_cell(run.path, name, line[name])

    def _cells(self, run: RunSummary | ExperimentSummary) -> dict[str, Text]:
        glyph, colour = STATES[run.state]
        if isinstance(run, RunSummary) and run.silent_seconds is not None:
            glyph, colour = _NOT_RESPONDING
        texts = experiment_cells(run) if isinstance(run, ExperimentSummary) else run_cells(run)
        texts["run"] = "» " * (run.path in self._marked) + texts["run"]
        state = texts.pop("state")
        cells = {name: Text(text) for name, text in texts.items()}
        cells["state"] = Text(f"{glyph} {state}", style=self.app.theme_variables[colour])
        cells["when"] = Text(format.ago(time.time() - run.updated_at))
        if run.path in self._marked:
            cells["run"].stylize("bold")
        for cell in cells.values():
            cell.no_wrap, cell.overflow = True, "ellipsis"
        return cells


def short_metric(name: str, *, is_multi_label: bool) -> str:
    """Short name of a metric. With several labels a text, accuracy is the exact match."""
    return "exact" if is_multi_label and name == "accuracy" else _SHORT_METRICS.get(name, name)


def run_cells(run: RunSummary) -> dict[str, str]:
    """The cells of a run by column."""
    best = short = format.NONE
    if run.best is not None:
        best = f"{format.metric(run.metric, is_multi_label=run.is_multi_label)} {format.score(run.best)}"
        short = f"{short_metric(run.metric, is_multi_label=run.is_multi_label)} {format.score(run.best)}"
    test = format.NONE if run.test_accuracy is None else format.score(run.test_accuracy)
    silent = run.silent_seconds
    if run.is_multi_label and run.test_accuracy is not None:
        test += " exact"  # all labels of a text
    return {
        "run": plain(run.name),
        "model": plain(run.model.rpartition("/")[2]) or format.NONE,
        "state": run.state if silent is None else f"no response {format.duration(silent)}",
        "best on validation": best,
        "validation": short,
        "test accuracy": test,
        "step": f"{run.step:,} of {run.max_steps:,}" if run.max_steps else format.NONE,
    }


def experiment_cells(experiment: ExperimentSummary) -> dict[str, str]:
    """The cells of an experiment by column: how many runs are trained, as it has no single score."""
    count = f"{experiment.trained} of {len(experiment.members)}"
    return {
        "run": f"◆ {plain(experiment.name)}",
        "model": plain(", ".join(experiment.models)),
        "state": experiment.state,
        "best on validation": f"{count} trained",
        "validation": f"{count} trained",
        "test accuracy": format.NONE,
        "step": f"{count} runs",
    }
