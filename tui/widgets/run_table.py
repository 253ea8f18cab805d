"""RunTable: the runs as a table whose columns follow the width of the screen."""

import time
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from tui import format
from tui.plain import plain

if TYPE_CHECKING:
    from core.runs.listing import RunState, RunSummary

# Title and width of the columns; None: what is left over. The narrow table has the first four.
COLUMNS: dict[str, int | None] = {
    "run": None,
    "state": 15,
    "best on validation": 18,
    "when": 9,
    "test accuracy": 13,
    "step": 15,
    "model": 18,
}
NARROW = ("run", "state", "best on validation", "when")
WIDE = ("run", "model", "state", "best on validation", "test accuracy", "step", "when")
WIDE_FROM = 108
# A glyph, so that states differ without colour, and the theme's colour.
STATES: "dict[RunState, tuple[str, str]]" = {
    "starting": ("◌", "primary"),
    "training": ("●", "success"),
    "paused": ("‖", "warning"),
    "finishing": ("◐", "success"),
    "finished": ("✓", "success"),
    "early stopped": ("✓", "success"),
    "stopped": ("■", "warning"),
    "failed": ("✗", "error"),
    "interrupted": ("!", "error"),
}


class RunChosen(Message):
    """The cursor is on another run."""


class RunTable(DataTable[Text], inherit_bindings=False):
    """Shows runs and keeps its cursor on the same run while lines come and go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "up", show=False),
        Binding("down,j", "cursor_down", "down", show=False),
        Binding("pageup", "page_up", "page up", show=False),
        Binding("pagedown", "page_down", "page down", show=False),
        Binding("home,g", "scroll_top", "first", show=False),
        Binding("end,G", "scroll_bottom", "last", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(cursor_type="row")
        self._runs: list[RunSummary] = []

    @property
    def chosen(self) -> "RunSummary | None":
        """The run under the cursor."""
        return self._runs[self.cursor_row] if 0 <= self.cursor_row < len(self._runs) else None

    def show(self, runs: "list[RunSummary]") -> None:
        """Show `runs` in their order."""
        before = self.chosen
        same_lines = [run.path for run in runs] == [run.path for run in self._runs]
        self._runs = runs
        if same_lines:
            self._update_cells()
        else:
            self._fill(
                next(
                    (row for row, run in enumerate(runs) if before and run.path == before.path),
                    self.cursor_row,
                )
            )

    def on_resize(self, event: events.Resize) -> None:
        """Another width may have room for other columns."""
        self._fill(self.cursor_row)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Tell that the cursor moved."""
        self.post_message(RunChosen())

    def _fill(self, cursor_row: int) -> None:
        names, width = (WIDE if self.size.width >= WIDE_FROM else NARROW), self.size.width
        fixed = sum(COLUMNS[name] or 0 for name in names)
        rest = max(12, width - fixed - 2 * self.cell_padding * len(names) - 1)
        with self.app.batch_update():
            self.clear(columns=True)
            for name in names:
                self.add_column(name, key=name, width=COLUMNS[name] or rest)
            for run in self._runs:
                cells = self._cells(run)
                self.add_row(*(cells[name] for name in names), key=run.path)
            self.move_cursor(row=max(0, min(cursor_row, len(self._runs) - 1)))

    def _update_cells(self) -> None:
        for row, run in enumerate(self._runs):
            cells = self._cells(run)
            for column, key in enumerate(self.columns):
                cell = cells[str(key.value)]
                if self.get_cell_at((row, column)) != cell:  # type: ignore[arg-type]
                    self.update_cell(run.path, key, cell)

    def _cells(self, run: "RunSummary") -> dict[str, Text]:
        glyph, colour = STATES[run.state]
        best = f"{run.metric} {format.score(run.best)}" if run.best is not None else format.NONE
        test = format.NONE if run.test_accuracy is None else format.score(run.test_accuracy)
        step = f"{run.step:,} of {run.max_steps:,}" if run.max_steps else format.NONE
        cells = {
            "run": Text(plain(run.name)),
            "model": Text(plain(run.model.rpartition("/")[2]) or format.NONE),
            "state": Text(f"{glyph} {run.state}", style=self.app.theme_variables[colour]),
            "best on validation": Text(best),
            "test accuracy": Text(test),
            "step": Text(step),
            "when": Text(format.ago(time.time() - run.updated_at)),
        }
        for cell in cells.values():
            cell.no_wrap, cell.overflow = True, "ellipsis"
        return cells
