"""The two views of a comparison: its tables, and the texts that only one model predicts correctly."""

from collections.abc import Sequence

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import DataTable, Static

from core.protocol import Comparison, Disagreement
from core.text.plain import plain
from tui.widgets.panel import shorten
from tui.widgets.tables.line_table import LineTable
from tui.wording.comparison import Sheet, group_of, model_names

_LONGEST_NAME, _LONGEST_LABEL = 18, 14
GAP = 2
# Names shorten to this many cells where figures need the space.
SHORTEST_NAME = 8


class DisagreementView(Vertical):
    """Texts that only one model predicts correctly: the list above, the selected text below."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._found: Comparison | None = None
        self._texts: list[Disagreement] = []

    def compose(self) -> ComposeResult:
        """List, predictions and text."""
        yield LineTable(id="apart")
        yield Static(id="said", markup=False)
        with VerticalScroll(id="text-scroll"):
            yield Static(id="text", markup=False)

    def show(self, found: Comparison) -> None:
        """Show the texts of a comparison, grouped by model."""
        self._found = found
        order = [group.median for group in found.groups]
        self._texts = sorted(found.disagreements, key=lambda text: order.index(text.only))
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the columns to the new width."""
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
                (f"row {text.row + 1:,} of the test split: {plain(text.label)}", "bold"), f"  {plain(said)}"
            )
        )
        self.query_one("#text", Static).update(Content(plain(text.text)))
        self.query_one("#text-scroll", VerticalScroll).scroll_home(animate=False)

    def _fill(self) -> None:
        if self._found is None:
            return
        if not self._texts:
            self.query_one("#said", Static).update("no text is predicted correctly by one run alone")
        table = self.query_one(LineTable)
        row = table.cursor_row
        names = [plain(group_of(self._found, text.only)) for text in self._texts]
        name = _width(["correct by", *names], _LONGEST_NAME)
        label = _width(["label", *(plain(text.label) for text in self._texts)], _LONGEST_LABEL)
        rest = max(10, self.size.width - name - label - 7)
        table.clear(columns=True)
        for title, width in (("correct by", name), ("label", label), ("text", rest)):
            table.add_column(title, width=width)
        for shown, text in zip(names, self._texts, strict=True):
            beginning = shorten(plain(" ".join(text.text[:400].split())), rest)
            cells = (shorten(shown, name), shorten(plain(text.label), label), beginning)
            table.add_row(*map(Text, cells))
        table.move_cursor(row=max(0, min(row, len(self._texts) - 1)))


def _width(cells: list[str], most: int) -> int:
    return min(most, max(map(len, cells)))


class SheetView(Widget):
    """Tables below each other. Columns of names are shortened where space is short."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sheets: list[Sheet] = []

    def show(self, sheets: list[Sheet]) -> None:
        """Show `sheets`."""
        self._sheets = sheets
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lines of the tables in `width` cells."""
        return self._content(width).get_height({}, max(1, width))

    def render(self) -> Content:
        """The tables."""
        return self._content(self.size.width)

    def _content(self, width: int) -> Content:
        parts = []
        for sheet in self._sheets:
            if sheet.title:
                parts += [Content.styled(plain(line), _colour(line)) for line in sheet.title.split("\n")]
            parts += [*table_lines(sheet, width), Content("")]
        return Content("\n").join(parts)


def _colour(line: str) -> str:
    return "$text-warning" if line.startswith("warning: ") else "$text-muted"


def table_lines(sheet: Sheet, width: int) -> list[Content]:
    """Header and rows: names aligned left, figures right."""
    rows = [[plain(cell) for cell in row] for row in sheet.rows]
    columns = list(zip(sheet.columns, *rows, strict=True))
    widths = [max(Content(cell).cell_length for cell in column) for column in columns]
    for index in _names(sheet):
        excess = sum(widths) + GAP * (len(widths) - 1) - width
        widths[index] = max(min(widths[index], SHORTEST_NAME), widths[index] - max(0, excess))
    header = Content.styled(_line(list(sheet.columns), widths, sheet), "bold")
    return [header, *(Content(_line(row, widths, sheet)) for row in rows)]


def _names(sheet: Sheet) -> list[int]:
    """Columns of names, in the order in which they are shortened."""
    return [len(sheet.columns) - 1, 1, 0] if sheet.columns[:2] == ("A", "B") else [0]


def _line(cells: Sequence[str], widths: list[int], sheet: Sheet) -> str:
    left = _names(sheet)
    parts = []
    for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        shown = shorten(cell, width)
        space = " " * (width - Content(shown).cell_length)
        parts.append(shown + space if index in left else space + shown)
    return (" " * GAP).join(parts).rstrip()
