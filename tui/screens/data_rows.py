"""DataRowsScreen: the rows of a finding, and the whole text of the selected one."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Static

from core.config import RunConfig
from core.problems import Problem
from core.protocol import DataRow, Finding, ProgressReport, ReadRows
from core.text.plain import plain
from tui.engine.client import EngineFault
from tui.widgets.answering import Answerer
from tui.widgets.screen_frame import LEAST_SIZE, KeyBar, SizeNotice
from tui.widgets.tables.line_table import LineTable

AT_ONCE = 200
# Fetch more rows when fewer than this remain below the cursor.
_AHEAD = 50
_MOST_CELLS = {"where": 22, "label": 18, "suggested": 22, "seen": 26}
_LEAST_TEXT = 20


class DataRowsScreen(Screen[None]):
    """Fetches the rows of a finding as the cursor goes down.

    Args:
        engine: answers `rows`.
        config: names the data.
        finding: the finding.
    """

    CSS_PATH = "../styles/data.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "scroll(1)", "scroll text", tooltip="scroll the text down"),
        Binding("b", "scroll(-1)", "up", tooltip="scroll the text up"),
        Binding("question_mark", "app.help", "help", tooltip="show the keys"),
        Binding("escape", "dismiss", "back", tooltip="go back to the findings"),
        Binding("q", "app.quit", "quit", show=False),
    ]

    def __init__(self, engine: Answerer, config: RunConfig, finding: Finding) -> None:
        super().__init__()
        self._engine = engine
        self._config = config
        self._finding = finding
        self._rows: list[DataRow] = []
        self._units: dict[str, str] = {}
        self._fetching = False
        self._is_done = False

    def compose(self) -> ComposeResult:
        """Finding, rows, text, keys."""
        with Vertical(id="content"):
            yield Static(Content.styled(plain(self._finding.title), "bold"), id="title", markup=False)
            yield Static(id="state", markup=False)
            yield LineTable(id="rows")
            with VerticalScroll(id="whole", can_focus=False) as whole:
                whole.border_title = "text"
                yield Static(id="text", markup=False)
            yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Fetch the first rows."""
        self.query_one(LineTable).focus()
        self._fetch()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the columns; focus the table again after a terminal that was too small hid it."""
        self._fill()
        if self.focused is None:
            self.call_after_refresh(self.query_one(LineTable).focus)

    # Fetching.

    def _fetch(self) -> None:
        if not self._fetching and not self._is_done:
            self._fetching = True
            self.run_worker(self._ask(), group="rows")

    async def _ask(self) -> None:
        self._show_message("reading rows…")
        request = ReadRows(self._config, self._finding.check, len(self._rows), AT_ONCE)
        try:
            found = await self._engine.ask(request, on_progress=self._show_progress)
        except (Problem, EngineFault) as error:
            self._is_done = True
            self._show_message(plain(str(error)), "$text-error")
            return
        finally:
            self._fetching = False
        self._rows += found.rows
        self._units = found.units
        self._is_done = not found.rows or len(self._rows) >= found.finding.rows
        self._show_message(
            ""
            if self._is_done
            else f"{len(self._rows):,} of {found.finding.rows:,} rows; scroll down for more"
        )
        self._fill()

    def _show_progress(self, report: ProgressReport) -> None:
        self._show_message(f"{plain(report.message)}…")

    def _show_message(self, message: str, style: str = "$text-muted") -> None:
        state = self.query_one("#state", Static)
        state.update(Content.styled(message, style))
        state.display = bool(message)

    # Table and text.

    def _fill(self) -> None:
        table = self.query_one(LineTable)
        place = table.cursor_row
        lines = [
            _cells(row, mark, self._units) for row, mark in zip(self._rows, _marks(self._rows), strict=True)
        ]
        widths = _fit(lines, self.size.width - 2)
        with self.app.batch_update():
            table.clear(columns=True)
            for name, width in widths.items():
                table.add_column(name, key=name, width=width)
            for line in lines:
                table.add_row(*(_cell(line[name], width) for name, width in widths.items()))
            if lines:
                table.move_cursor(row=min(place, len(lines) - 1))
        self._show_text()

    @on(DataTable.RowHighlighted)
    def _show_text(self) -> None:
        place = self.query_one(LineTable).cursor_row
        if not 0 <= place < len(self._rows):
            return
        row = self._rows[place]
        whole = self.query_one("#whole", VerticalScroll)
        whole.border_title = Content(f"{_where(row, self._units)} · {plain(row.label)}")
        whole.border_subtitle = Content(f"{place + 1:,} of {self._finding.rows:,}")
        whole.scroll_home(animate=False)
        lines = [plain(line) for line in row.text.replace("\r\n", "\n").split("\n")]
        self.query_one("#text", Static).update(Content("\n".join(lines)))
        if place >= len(self._rows) - _AHEAD:
            self._fetch()

    # Keys.

    def action_scroll(self, pages: int) -> None:
        """Scroll the text by pages."""
        whole = self.query_one("#whole", VerticalScroll)
        whole.scroll_relative(y=pages * max(1, whole.size.height - 1), animate=False)


def _where(row: DataRow, units: dict[str, str]) -> str:
    where = row.place or f"{units.get(row.split, 'line')} {row.line:,}"
    return f"{row.split} {where}"


def _marks(rows: Sequence[DataRow]) -> list[str]:
    """Brackets ┌ │ └ around the rows of each group; blanks without groups."""
    groups = [row.group for row in rows]
    marks = []
    for place, group in enumerate(groups):
        is_same_above = group is not None and place > 0 and groups[place - 1] == group
        is_same_below = group is not None and place + 1 < len(groups) and groups[place + 1] == group
        marks.append({(0, 1): "┌", (1, 1): "│", (1, 0): "└"}.get((is_same_above, is_same_below), " "))
    return marks


def _cells(row: DataRow, mark: str, units: dict[str, str]) -> dict[str, str]:
    cells = {
        "where": f"{mark} {_where(row, units)}",
        "label": plain(row.label),
        "suggested": "",
        "seen": plain(row.note),
    }
    if row.suggested is not None:
        cells["label"] += f" {row.given_probability or 0:.2f}"
        cells["suggested"] = f"{plain(row.suggested)} {row.probability or 0:.2f}"
    return cells | {"text": plain(row.text[:500])}


def _fit(lines: list[dict[str, str]], width: int) -> dict[str, int]:
    """The columns that are not empty, with their widths; the text gets the rest."""
    widths = {
        name: min(most, max(len(name), *(Text(line[name]).cell_len for line in lines)))
        for name, most in _MOST_CELLS.items()
        if any(line[name].strip() for line in lines)
    }
    others = sum(widths.values()) + 2 * (len(widths) + 1)
    return widths | {"text": max(_LEAST_TEXT, width - others)}


def _cell(value: str, width: int) -> Text:
    cell = Text(value, no_wrap=True)
    cell.truncate(width, overflow="ellipsis")
    return cell
