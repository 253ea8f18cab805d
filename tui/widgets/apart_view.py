"""ApartView: texts that only one model gets right, as a list, and the chosen one to be read in full."""

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import DataTable, Static

from core.protocol import Comparison, ToldApart
from core.text.plain import plain
from tui.widgets.line_table import LineTable
from tui.widgets.panel import shorten
from tui.wording.comparison import group_of, model_names

_LONGEST_NAME, _LONGEST_LABEL = 18, 14


class ApartView(Vertical):
    """The list above, the text below."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._found: Comparison | None = None
        self._texts: list[ToldApart] = []

    def compose(self) -> ComposeResult:
        """List, and text with what was said of it."""
        yield LineTable(id="apart")
        yield Static(id="said", markup=False)
        with VerticalScroll(id="text-scroll"):
            yield Static(id="text", markup=False)

    def show(self, found: Comparison) -> None:
        """Show the texts of a comparison, those of one model together."""
        self._found = found
        order = [group.median for group in found.groups]
        self._texts = sorted(found.told_apart, key=lambda text: order.index(text.only))
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for more, or less, of each text."""
        self._fill()

    @on(DataTable.RowHighlighted)
    def _read(self) -> None:
        found, table = self._found, self.query_one(LineTable)
        if found is None or not 0 <= table.cursor_row < len(self._texts):
            return
        text = self._texts[table.cursor_row]
        said = ", ".join(
            f"{name}: {label}" for name, label in zip(model_names(found), text.predicted, strict=True)
        )
        self.query_one("#said", Static).update(
            Content.assemble(
                (f"row {text.row + 1:,} of the test split is {plain(text.label)}", "bold"), f"  {plain(said)}"
            )
        )
        self.query_one("#text", Static).update(Content(plain(text.text)))
        self.query_one("#text-scroll", VerticalScroll).scroll_home(animate=False)

    def _fill(self) -> None:
        if self._found is None:
            return
        if not self._texts:
            self.query_one("#said", Static).update(
                "There is no text that only one of several runs gets right."
            )
        table = self.query_one(LineTable)
        row = table.cursor_row
        names = [plain(group_of(self._found, text.only)) for text in self._texts]
        name = _width(["only right", *names], _LONGEST_NAME)
        label = _width(["label", *(plain(text.label) for text in self._texts)], _LONGEST_LABEL)
        rest = max(10, self.size.width - name - label - 7)
        table.clear(columns=True)
        for title, width in (("only right", name), ("label", label), ("text", rest)):
            table.add_column(title, width=width)
        for shown, text in zip(names, self._texts, strict=True):
            beginning = shorten(plain(" ".join(text.text[:400].split())), rest)
            cells = (shorten(shown, name), shorten(plain(text.label), label), beginning)
            table.add_row(*map(Text, cells))
        table.move_cursor(row=max(0, min(row, len(self._texts) - 1)))


def _width(cells: list[str], most: int) -> int:
    return min(most, max(map(len, cells)))
