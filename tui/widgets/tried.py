"""Tried: the texts that were classified before, the newest first."""

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from core.runs.tried import Trial
from core.text.plain import plain
from tui.widgets.panel import shorten

LABEL_WIDTH = 18


class Tried(Widget):
    """One line for each text."""

    def __init__(self) -> None:
        super().__init__()
        self._trials: Sequence[Trial] = ()

    def show(self, trials: Sequence[Trial]) -> None:
        """Show `trials`, the newest first."""
        self._trials = list(trials)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line for each text."""
        return max(1, len(self._trials))

    def render(self) -> Content:
        """The lines."""
        return Content("\n").join(line_of(trial, self.size.width) for trial in self._trials)


def line_of(trial: Trial, width: int) -> Content:
    """What was said of a text, the text, and which checkpoint said it, in `width` cells."""
    # Of a set those that are in it, with the probability of the least sure; of an empty one the likeliest's.
    shown = trial.ranked[: 1 if trial.chosen is None else len(trial.chosen)]
    named = ", ".join(label for label, _ in shown) or "no label"
    _, probability = (shown or trial.ranked)[-1 if shown else 0]
    label = shorten(plain(named), LABEL_WIDTH)
    head = f"{probability:.2f} {label}{' ' * (LABEL_WIDTH - Content(label).cell_length)} "
    origin = f" {trial.which} @{trial.step}"
    room = max(0, width - len(origin) - Content(head).cell_length)
    text = Content(shorten(plain(trial.text), room))
    return Content.assemble(head, text.pad_right(max(0, room - text.cell_length)), (origin, "dim"))
