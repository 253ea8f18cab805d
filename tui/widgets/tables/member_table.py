"""MemberTable: the runs of an experiment."""

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import DataTable

from core.text import format
from core.text.plain import plain
from tui.following.experiment import MemberReader
from tui.widgets.tables.line_table import LineTable
from tui.widgets.tables.run_table import STATES, short_metric

COLUMNS = ("run", "state", "step", "best on validation", "test", "95 % interval", "time")
NARROW = ("run", "state", "step", "validation", "test", "time")
NARROW_BELOW = 100
# Title of the test column, by multi-label: the full one and the narrow one.
_TEST = {False: ("test accuracy", "test acc"), True: ("test exact match", "test exact")}


class MemberChosen(Message):
    """Another member was selected."""


class MemberTable(LineTable):
    """Shows members in the order of their training."""

    def __init__(self, members: list[MemberReader], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._members = members
        self._shown: list[list[str]] = []

    @property
    def chosen(self) -> MemberReader:
        """The selected member."""
        return self._members[max(0, min(self.cursor_row, len(self._members) - 1))]

    def on_resize(self, event: events.Resize) -> None:
        """Choose the columns for the new width."""
        self.show()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Report the newly selected member."""
        self.post_message(MemberChosen())

    def show(self) -> None:
        """Show the present state of the members."""
        is_narrow = self.size.width < NARROW_BELOW
        names = NARROW if is_narrow else COLUMNS
        test = _TEST[any(_is_multi_label(member) for member in self._members)][is_narrow]
        heads = [test if name == "test" else name for name in names]
        lines = [[cells[name] for name in names] for cells in map(self._cells, self._members)]
        plain_lines = [heads, *([cell.plain for cell in line] for line in lines)]
        if plain_lines == self._shown:
            return
        self._shown = plain_lines
        row = self.cursor_row
        with self.app.batch_update():
            self.clear(columns=True)
            for name, head in zip(names, heads, strict=True):
                self.add_column(head, key=name)
            for line in lines:
                self.add_row(*line)
            self.move_cursor(row=row)

    def _cells(self, member: MemberReader) -> dict[str, Text]:
        history, state = member.history, member.state
        glyph, colour = STATES[state]
        plan, stopping, test = history.plan, history.stopping, history.test
        steps = f"{history.step:,}/{plan.max_steps:,}" if plan else format.NONE
        best = short = interval = tested = format.NONE
        if plan and stopping and stopping.best is not None:
            best = f"{plan.metric_name} {format.score(stopping.best)} at {stopping.best_step}"
            name = short_metric(plan.metric, is_multi_label=plan.is_multi_label)
            short = f"{name} {format.score(stopping.best)}"
        if test is not None:
            tested = format.score(test.accuracy)
            interval = f"{test.accuracy_low:.3f} to {test.accuracy_high:.3f}"
        return {
            "run": Text(plain(member.member.name)),
            "state": Text(f"{glyph} {state}", style=self.app.theme_variables[colour]),
            "step": Text(steps),
            "best on validation": Text(best),
            "validation": Text(short),
            "test": Text(tested),
            "95 % interval": Text(interval),
            "time": Text(format.duration(member.seconds)),
        }


def _is_multi_label(member: MemberReader) -> bool:
    return member.history.plan is not None and member.history.plan.is_multi_label
