"""SheetView: tables of text below each other, as wide as what is in them."""

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from core.text.plain import plain
from tui.widgets.panel import shorten
from tui.wording.comparison import Sheet

GAP = 2
# Names give way to figures where there is no room for both, but not below so many cells.
SHORTEST_NAME = 8


class SheetView(Widget):
    """Shows sheets. The first column, and a second one of names, are shortened where the room is short."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sheets: list[Sheet] = []

    def show(self, sheets: list[Sheet]) -> None:
        """Show `sheets`."""
        self._sheets = sheets
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the tables have in that width."""
        return self._content(width).get_height({}, max(1, width))

    def render(self) -> Content:
        """The tables."""
        return self._content(self.size.width)

    def _content(self, width: int) -> Content:
        parts = []
        for sheet in self._sheets:
            if sheet.title:
                parts.append(Content.styled(plain(sheet.title), "$text-muted"))
            parts += [*table_lines(sheet, width), Content("")]
        return Content("\n").join(parts)


def table_lines(sheet: Sheet, width: int) -> list[Content]:
    """Header and rows, the columns aligned: text to the left, figures to the right."""
    rows = [[plain(cell) for cell in row] for row in sheet.rows]
    columns = list(zip(sheet.columns, *rows, strict=True))
    widths = [max(Content(cell).cell_length for cell in column) for column in columns]
    for index in _names(sheet):
        excess = sum(widths) + GAP * (len(widths) - 1) - width
        widths[index] = max(min(widths[index], SHORTEST_NAME), widths[index] - max(0, excess))
    header = Content.styled(_line(list(sheet.columns), widths, sheet), "bold")
    return [header, *(Content(_line(row, widths, sheet)) for row in rows)]


def _names(sheet: Sheet) -> list[int]:
    """The columns that hold names: they are shortened, the last first."""
    return [len(sheet.columns) - 1, 1, 0] if sheet.columns[:2] == ("one", "other") else [0]


def _line(cells: Sequence[str], widths: list[int], sheet: Sheet) -> str:
    left = _names(sheet)
    parts = []
    for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        shown = shorten(cell, width)
        space = " " * (width - Content(shown).cell_length)
        parts.append(shown + space if index in left else space + shown)
    return (" " * GAP).join(parts).rstrip()
