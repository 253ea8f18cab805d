"""CellScreen: the texts of one cell of a confusion matrix."""

from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from core.problems import Problem
from core.protocol import JudgedText, ReadTexts
from core.text.plain import plain
from tui.engine.client import EngineFault
from tui.screens.help import HelpScreen
from tui.widgets.answering import Answerer
from tui.widgets.evaluation.judged_texts import JudgedTextsView
from tui.widgets.screen_frame import LEAST_SIZE, KeyBar, SizeNotice

# Texts requested at once.
PAGE = 50


@dataclass(frozen=True)
class Cell:
    """A cell of a confusion matrix: the request for its texts, and the names to show."""

    request: ReadTexts
    title: str
    label: str
    predicted: str


class CellScreen(Screen[None]):
    """Shows texts; at the last one, fetches the next page.

    Args:
        cell: the cell.
        engine: answers `evaluated_texts`.
    """

    CSS_PATH = "../styles/evaluation.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_SIZE[0], "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_SIZE[1], "-low")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", tooltip="show the keys"),
        Binding("escape", "dismiss", "back", tooltip="back to the matrix"),
        Binding("q", "app.quit", "quit", tooltip="quit; runs continue"),
    ]

    def __init__(self, cell: Cell, engine: Answerer) -> None:
        super().__init__()
        self._cell = cell
        self._engine = engine
        self._texts: list[JudgedText] = []
        self._total: int | None = None

    def compose(self) -> ComposeResult:
        """Title, texts, keys."""
        with Vertical(id="content"):
            yield Static(id="title", markup=False)
            with Vertical(id="view"):
                yield JudgedTextsView(with_labels=False, id="texts")
            yield Static(id="state", markup=False)
            yield KeyBar(id="keys")
        yield SizeNotice()

    def on_mount(self) -> None:
        """Fetch the first page."""
        self._show_title()
        self.query_one(JudgedTextsView).focus_table()
        self._ask()

    @on(JudgedTextsView.AtEnd)
    def _ask(self) -> None:
        if self._total is None or len(self._texts) < self._total:
            self.run_worker(self._fetch(), group="fetch", exclusive=True)

    async def _fetch(self) -> None:
        self._show_message(Content.styled("reading texts…", "dim"))
        request = replace(self._cell.request, offset=len(self._texts), limit=PAGE)
        try:
            found = await self._engine.ask(request)
        except (Problem, EngineFault) as error:
            self._show_message(Content.styled(plain(str(error)), "$text-error"))
            return
        self._total = found.total
        self._texts += found.items
        self._show_message(Content(""))
        self._show_title()
        self.query_one(JudgedTextsView).show(self._texts)

    def _show_message(self, content: Content) -> None:
        for state in self.query("#state").results(Static):  # none while the screen closes
            state.update(content)
            state.display = bool(content.plain)

    def _show_title(self) -> None:
        cell = self._cell
        total = "" if self._total is None else f" · {len(self._texts):,} of {self._total:,} texts"
        self.query_one("#title", Static).update(
            Content.assemble(
                (plain(cell.label), "bold"),
                " predicted as ",
                (plain(cell.predicted), "bold"),
                f" · {cell.title}{total}",
            )
        )

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen.of(self, self.query_one(JudgedTextsView)))
