"""The status lines of a run and of an experiment, shortened to fit by importance."""

from typing import NamedTuple

from textual.content import Content
from textual.reactive import var
from textual.widget import Widget

from core.runs.history import History
from core.runs.state import RunState
from core.text import format
from core.text.plain import plain
from tui.following.experiment import ExperimentReader
from tui.widgets.panel import shorten

STATE_STYLES = {
    "starting": "bold",
    "training": "bold $success",
    "finishing": "bold $success",
    "finished": "bold $success",
    "early stopped": "bold $success",
    "paused": "bold $warning",
    "waiting for disk space": "bold $error",
    "stopped": "bold $warning",
    "interrupted": "bold $error",
    "failed": "bold $error",
    "unreadable": "bold $error",
}
SHORTEST_NAME = 8


class Item(NamedTuple):
    """A part of the line. Items of a high rank are dropped first; `short` replaces `text` in little space."""

    text: str
    rank: int
    style: str = ""
    short: str = ""


class StatusLine(Widget):
    """Name, state, step, epoch, time left and speed of a run."""

    is_narrow: var[bool] = var(False)
    """Include loss and patience, whose panels are hidden in a small terminal."""

    def __init__(self, name: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run_name = plain(name)
        self._items: list[Item] = []
        self._device = ""

    def show(
        self,
        history: History,
        state: RunState,
        device: str,
        warnings: int,
        unresponsive_seconds: float | None = None,
    ) -> None:
        """Show the run.

        Args:
            history: of the run.
            state: of the run.
            device: name of the device, shown at the right.
            warnings: how many there are.
            unresponsive_seconds: seconds for which the trainer has not responded, or None.
        """
        items = items_of(history, state, warnings, unresponsive_seconds, is_narrow=self.is_narrow)
        if (items, device) != (self._items, self._device):
            self._items, self._device = items, plain(device)
            self.refresh()

    def render(self) -> Content:
        """The line."""
        return fit(self._run_name, self._items, self._device, self.size.width - 1)


def items_of(
    history: History,
    state: RunState,
    warnings: int = 0,
    unresponsive_seconds: float | None = None,
    *,
    is_narrow: bool,
) -> list[Item]:
    """The items of the line, left to right."""
    plan = history.plan
    label = f"starting: {history.stage}" if state == "starting" and history.stage else state
    short = "no disk space" if state == "waiting for disk space" else ""
    items = [Item(plain(label), 0, STATE_STYLES[state], short)]
    if unresponsive_seconds is not None:
        seconds = format.duration(unresponsive_seconds)
        items = [
            Item(
                f"{plain(label)}, not responding for {seconds}", 0, "bold $warning", f"no response {seconds}"
            )
        ]
    if plan is None:
        return items
    steps = f"{history.step}/{plan.max_steps}"
    items.append(Item(f"step {steps}", 0, short=steps))
    if is_narrow:
        loss = history.last_step.loss if history.last_step else None
        used = history.stopping.used if history.stopping else 0
        if plan.early_stopping:
            patience = f"{used}/{plan.patience}"
            items.append(Item(f"patience {patience}", 0, short=f"pat {patience}"))
        items.append(Item(f"train loss {format.score(loss)}", 0, short=f"train {format.score(loss)}"))
    if history.last_step is not None:
        items.append(Item(f"epoch {history.last_step.epoch:.2f}", 3))
    if history.ended is not None and history.elapsed is not None:
        items.append(Item(f"took {format.duration(history.elapsed)}", 0))
    else:
        is_estimated = state in ("training", "finishing") and unresponsive_seconds is None
        left = history.seconds_left if is_estimated else None
        items.append(Item(f"ETA {format.duration(left)}", 0))
        if history.last_step is not None and state == "training" and unresponsive_seconds is None:
            items.append(Item(f"{format.rate(history.last_step.documents_per_second)} texts/s", 2))
    if warnings:
        items.append(Item(f"{warnings} warning{'s' * (warnings > 1)} (key 3)", 1, "bold $warning"))
    return items


def fit(name: str, items: list[Item], device: str, width: int) -> Content:
    """The line in `width` cells: first device, items by rank, brand and name go, then items shorten."""
    long = Content(f" bertcls  {name}").cell_length
    while any(item.rank for item in items) and long + _length(items) > width:
        most = max(item.rank for item in items)
        items = [item for item in items if item.rank < most]
    items = list(items)
    for index, item in enumerate(items):
        if _length(items) - 2 > width:
            items[index] = item._replace(text=item.short or item.text)
    separator = " · " if _length(items) - 2 <= width else " "
    space = width - _length(items) - 1
    parts = [Content.styled(item.text, item.style) for item in items]
    if space >= min(SHORTEST_NAME, Content(name).cell_length):
        parts.insert(0, Content.styled(shorten(name, space), "bold"))
    brand = Content.styled("bertcls  ", "bold $primary") if long + _length(items) <= width else Content("")
    line = Content.assemble(" ", brand, Content.styled(separator, "dim").join(parts))
    gap = width - line.cell_length - Content(device).cell_length
    return Content.assemble(line, " " * gap, (device, "dim")) if gap >= 2 else line


def _length(items: list[Item]) -> int:
    """Cells of the items with their separators."""
    return sum(Content(item.text).cell_length + 3 for item in items)


class ExperimentLine(Widget):
    """Name, state, number of trained runs, the current run, and the time left."""

    def __init__(self, name: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._experiment = plain(name)
        self._items: list[Item] = []

    def show(self, reader: ExperimentReader) -> None:
        """Show the experiment that `reader` follows."""
        items = experiment_items(reader)
        if items != self._items:
            self._items = items
            self.refresh()

    def render(self) -> Content:
        """The line."""
        return fit(self._experiment, self._items, "", self.size.width - 1)


def experiment_items(reader: ExperimentReader) -> list[Item]:
    """The items of the line, left to right."""
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
            items.append(Item(f"ETA {'> ' * is_least}{format.duration(seconds)}", 0))
    return items
