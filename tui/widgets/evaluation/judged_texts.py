"""JudgedTextsView: texts with their predictions in a table, and the selected one in full."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static

from core.protocol import JudgedText
from core.text.plain import plain
from tui.widgets.tables.line_table import LineTable

# Cells of a label, and of a number.
_MOST_LABEL = 20
_NUMBER = 6


class JudgedTextsView(Vertical):
    """The table above, the text below.

    Args:
        with_labels: show the columns of labels.
        id: of the widget.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "scroll_text(1)", "text down", show=False, tooltip="scroll the text down"),
        Binding("ctrl+u", "scroll_text(-1)", "text up", show=False, tooltip="scroll the text up"),
    ]

    class AtEnd(Message):
        """The last row was selected."""

    def __init__(self, *, with_labels: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._with_labels = with_labels
        self._texts: list[JudgedText] = []

    def compose(self) -> ComposeResult:
        """Table and text."""
        yield LineTable()
        with VerticalScroll(classes="text", can_focus=False):
            yield Static(markup=False)

    def show(self, texts: Sequence[JudgedText]) -> None:
        """Show `texts` in their order; the cursor stays in its row."""
        self._texts = list(texts)
        self._fill()

    def focus_table(self) -> None:
        """Focus the table."""
        self.query_one(LineTable).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the columns to the new width."""
        self._fill()

    def action_scroll_text(self, direction: int) -> None:
        """Scroll the text by half its height."""
        box = self.query_one(VerticalScroll)
        box.scroll_relative(y=direction * max(1, box.size.height // 2), animate=False)

    def _fill(self) -> None:
        table = self.query_one(LineTable)
        row = table.cursor_row
        names = [plain(name) for text in self._texts for name in (text.label, text.predicted)]
        label = min(_MOST_LABEL, max([len("predicted"), *(Text(name).cell_len for name in names)]))
        label = min(label, max(8, self.size.width // 5))
        columns = {"prob.": _NUMBER, "margin": _NUMBER}
        if self._with_labels:
            columns |= {"label": label, "predicted": label}
        taken = sum(columns.values()) + 2 * table.cell_padding * (len(columns) + 1)
        columns["text"] = max(10, self.size.width - taken - table.scrollbar_size_vertical)
        with self.app.batch_update():
            table.clear(columns=True)
            for name, width in columns.items():
                table.add_column(name, key=name, width=width)
            for text in self._texts:
                cells = _cells(text)
                table.add_row(*(cells[name] for name in columns))
            table.move_cursor(row=max(0, min(row, len(self._texts) - 1)))
        self._show_text()

    @on(DataTable.RowHighlighted)
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._show_text()
        if self._texts and event.cursor_row == len(self._texts) - 1:
            self.post_message(self.AtEnd())

    def _show_text(self) -> None:
        row = self.query_one(LineTable).cursor_row
        if not 0 <= row < len(self._texts):
            self.query_one(Static).update("none")
            return
        text = self._texts[row]
        is_right = text.label == text.predicted
        judgement = "correct" if is_right else f"true label {plain(text.label)}"
        head = Content.styled(
            f"row {text.row + 1:,}: predicted {plain(text.predicted)} {text.probability:.3f}, {judgement}",
            "bold $text-success" if is_right else "bold $text-warning",
        )
        self.query_one(Static).update(Content("\n").join([head, Content(plain(text.text))]))
        self.query_one(VerticalScroll).scroll_home(animate=False)


def _cells(text: JudgedText) -> dict[str, Text]:
    """The cells by column."""
    cells = {
        "prob.": Text(f"{text.probability:.3f}"),
        "margin": Text(f"{text.margin:.3f}"),
        "label": Text(plain(text.label)),
        "predicted": Text(plain(text.predicted)),
        "text": Text(" ".join(plain(text.text).split())),
    }
    for cell in cells.values():
        cell.no_wrap, cell.overflow = True, "ellipsis"
    return cells
