"""LabelScores: a table of precision, recall and F1 by label, in several orders."""

from collections.abc import Callable

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static

from core.protocol import EvaluationReport, LabelScore
from core.text.plain import plain
from tui.widgets.panel import bar, shorten

_Key = Callable[[LabelScore], float]
# Sort keys by name.
ORDERS: dict[str, _Key] = {
    "in label order": lambda score: 0.0,
    "lowest F1 first": lambda score: score.f1,
    "lowest recall first": lambda score: score.recall,
    "lowest precision first": lambda score: score.precision,
    "most examples first": lambda score: -score.support,
    "fewest examples first": lambda score: score.support,
}
_FIGURES = ("examples", "precision", "recall", "F1")
_NUMBER, _BAR = 9, 16
_MOST_ROWS = 2000


class LabelScores(Vertical):
    """Scores by label, with the averages below."""

    class Chosen(Message):
        """Show the confusions of the label with this number."""

        def __init__(self, label: int) -> None:
            super().__init__()
            self.label = label

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._labels: list[LabelScore] = []
        self._order = 0
        self._numbers: list[int] = []

    def compose(self) -> ComposeResult:
        """Table and averages."""
        yield DataTable[Text](cursor_type="row")
        yield Static(markup=False, classes="means")

    def show(self, found: EvaluationReport) -> None:
        """Show the scores of `found`."""
        self._labels = found.labels
        self._fill()
        lines = [
            f"{mean.name} average  precision {mean.precision:.3f}  recall {mean.recall:.3f}  "
            f"F1 {mean.f1:.3f} ({mean.f1_low:.3f} to {mean.f1_high:.3f})"
            for mean in found.averages
        ]
        self.query_one(Static).update(Content("\n".join(lines)))

    def focus_table(self) -> None:
        """Focus the table."""
        self.query_one(DataTable).focus()

    def on_resize(self) -> None:
        """Fit names and bars to the new width."""
        self._fill()

    def next_order(self) -> None:
        """Sort by the next order."""
        self._order = (self._order + 1) % len(ORDERS)
        self._fill()

    def _fill(self) -> None:
        if not self.content_size.width:
            return  # hidden; showing it resizes it
        name, key = list(ORDERS.items())[self._order]
        count = len(self._labels)
        ordered = sorted(range(count), key=lambda number: key(self._labels[number]))
        self._numbers = ordered[:_MOST_ROWS]
        self.border_subtitle = Content(
            name if count <= _MOST_ROWS else f"{name} · {_MOST_ROWS:,} of {count:,}"
        )
        table: DataTable[Text] = self.query_one(DataTable)
        row = table.cursor_row
        names = [plain(self._labels[number].label) for number in self._numbers]
        longest = max((Text(name).cell_len for name in names), default=0)
        padding = 2 * table.cell_padding
        has_thresholds = any(label.threshold is not None for label in self._labels)
        # F1 stays beside its bar.
        figures = (_FIGURES[0], *["threshold"] * has_thresholds, *_FIGURES[1:])
        space = self.content_size.width - len(figures) * (_NUMBER + padding) - padding - 1
        name_width = max(8, min(longest, space))
        columns = {"label": name_width} | dict.fromkeys(figures, _NUMBER)
        if space - name_width >= _BAR + padding:
            columns[""] = _BAR
        with self.app.batch_update():
            table.clear(columns=True)
            for column, width in columns.items():
                table.add_column(column.rjust(width) if column in figures else column, width=width)
            for number in self._numbers:
                table.add_row(*_cells(self._labels[number], name_width)[: len(columns)])
            table.move_cursor(row=max(0, min(row, len(self._numbers) - 1)))

    @on(DataTable.RowSelected)
    def _selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(self._numbers[event.cursor_row]))


def _cells(score: LabelScore, width: int) -> list[Text]:
    figures = [f"{score.support:,}", f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}"]
    if score.threshold is not None:
        figures.insert(1, f"{score.threshold:.3f}")
    name = shorten(plain(score.label), width)
    return [Text(name), *(Text(figure.rjust(_NUMBER)) for figure in figures), Text(bar(score.f1, _BAR))]
