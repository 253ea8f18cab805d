"""ExperimentLine: the one line that tells how an experiment is doing."""

from textual.content import Content
from textual.widget import Widget

from core.text import format
from core.text.plain import plain
from tui.following.experiment import ExperimentReader
from tui.widgets.status_line import STATE_STYLES, Item, fit


class ExperimentLine(Widget):
    """Name, state, how many runs are trained, the one under way, and the time left."""

    def __init__(self, name: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._experiment = plain(name)
        self._items: list[Item] = []

    def show(self, reader: ExperimentReader) -> None:
        """Tell about the experiment of `reader`."""
        items = items_of(reader)
        if items != self._items:
            self._items = items
            self.refresh()

    def render(self) -> Content:
        """The line, as much of it as fits."""
        return fit(self._experiment, self._items, "", self.size.width - 1)


def items_of(reader: ExperimentReader) -> list[Item]:
    """The pieces of the line in their order."""
    count = f"{reader.trained} of {len(reader.members)}"
    items = [
        Item(reader.state, 0, STATE_STYLES[reader.state]),
        Item(f"{count} trained", 0, short=count),
    ]
    current = reader.current
    if current is not None:
        history = current.history
        items.append(Item(plain(current.member.name), 0))
        step = f"{history.step}/{history.plan.max_steps}" if history.plan else history.stage or "starting"
        items.append(Item(f"step {step}" if history.plan else step, 1))
        left = reader.seconds_left
        if left is not None:
            seconds, is_least = left
            items.append(Item(f"ETA {'over ' * is_least}{format.duration(seconds)}", 0))
    return items
