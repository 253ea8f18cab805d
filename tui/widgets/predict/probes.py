"""ProbesView: pinned texts and the probability of their labels at each checkpoint."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from core.charts.bins import Bins
from core.charts.braille import Pattern
from core.problems import Problem
from core.runs import probes, tried_texts
from core.runs.history import History
from core.runs.probes import Point
from core.text.plain import plain
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.plot import Curve, Frame
from tui.widgets.charts.run_curves import POINT_BINS, axis_end
from tui.widgets.panel import shorten
from tui.widgets.screen_frame import READ_ONLY

MARKERS = "●◆■▲○◇□△"
# The selected probe is drawn heavy.
_PATTERNS: tuple[Pattern, ...] = ("solid", "dashes", "stipple")
_WAITING = "no pinned texts: type one (/), press enter, then ctrl+n"
# Cells from which a probe fits on one line.
_ONE_LINE = 50
_LABEL_WIDTH = 16


class PinsChanged(Message):
    """A text was pinned or unpinned."""


class Probe(NamedTuple):
    """A pinned text, its predictions by step, and the label whose probability is shown."""

    text: str
    points: Sequence[Point]
    label: str
    marker: str

    @property
    def values(self) -> list[tuple[int, float]]:
        """Steps and probabilities of the label."""
        found = [(point.step, point.probability(self.label)) for point in self.points]
        return [(step, value) for step, value in found if value is not None]


class ProbesView(Container):
    """The probes of a run, read from its files each time they are shown.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Path, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run = run
        self._history = History()
        self._label: str | None = None
        self._named = ""

    def compose(self) -> ComposeResult:
        """Curves and list."""
        yield LineChart(id="probes-chart")
        yield ProbeList(id="probes-list")

    def show(self, history: History) -> None:
        """Show the probes of `history` and of the files of the run."""
        self._history = history
        found = self._probes()
        chart = self.query_one(LineChart)
        of = plain(self._label) if self._label is not None else "the predicted label"
        if of != self._named:  # setting a title redraws the border, even when the title is the same
            self._named = of
            chart.border_title = Content(f"probes · probability of {of}")
        listed = self.query_one(ProbeList)
        listed.show(found)
        chart.show(_frame(found, history, listed.chosen))

    def redraw(self) -> None:
        """Redraw after another probe or label was selected."""
        self.show(self._history)

    def _probes(self) -> list[Probe]:
        pinned, found = probes.read(self._run), []
        trials = tried_texts.read(self._run) if pinned else []
        for text, marker in zip(pinned, MARKERS, strict=False):
            points = probes.points_of(text, self._history, trials)
            label = self._label if self._label is not None else points[-1].top if points else ""
            found.append(Probe(text, points, label, marker))
        return found

    def unpin(self, text: str) -> None:
        """Unpin a text."""
        try:
            probes.unpin(self._run, [text])
        except Problem as problem:
            self.notify(plain(str(problem)), severity="error", markup=False)
        self.redraw()
        self.post_message(PinsChanged())

    def next_label(self, direction: int) -> None:
        """Show the probability of the next label; after the last, of the predicted one."""
        labels = [None, *(self._history.plan.labels if self._history.plan else [])]
        self._label = labels[(labels.index(self._label) + direction) % len(labels)]
        self.redraw()


class ProbeList(Widget, can_focus=True):
    """One or two lines for each probe; one is selected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", "choose", tooltip="probes: previous text", show=False),
        Binding("down", "choose(1)", "choose", tooltip="probes: next text", show=False),
        Binding("left", "label(-1)", "label", tooltip="probes: previous label", show=False),
        Binding("right", "label(1)", "label", tooltip="probes: next label", show=False),
        Binding("u,delete", "unpin", "unpin", tooltip="probes: unpin the selected text", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._probes: Sequence[Probe] = ()
        self.chosen = 0
        """Index of the selected probe."""

    def on_mount(self) -> None:
        """Show the keys in the border."""
        self.border_title = "pinned texts"
        self.border_subtitle = "up/down choose  u unpin  left/right label"

    def show(self, found: Sequence[Probe]) -> None:
        """Show `found`."""
        if list(found) == list(self._probes):
            return
        is_other = len(found) != len(self._probes)
        self._probes = list(found)
        self.chosen = max(0, min(self.chosen, len(found) - 1))
        self.refresh(layout=is_other)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lines of all probes."""
        return max(1, len(self._probes) * _height(width))

    def render(self) -> Content:
        """The lines, scrolled so that the selected probe is visible."""
        if not self._probes:
            return Content.styled(_WAITING, "dim")
        width, height = self.size
        first = max(0, self.chosen + 1 - max(1, height // _height(width)))
        return Content("\n").join(
            _lines(probe, width, is_chosen=index == self.chosen)
            for index, probe in enumerate(self._probes)
            if index >= first
        )

    def action_choose(self, direction: int) -> None:
        """Select another probe."""
        if self._probes:
            self.chosen = (self.chosen + direction) % len(self._probes)
            self.refresh()
            self._view.redraw()

    def action_label(self, direction: int) -> None:
        """Show the probability of another label."""
        self._view.next_label(direction)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible now."""
        return action != "unpin" or not self.screen.has_class(READ_ONLY)

    def action_unpin(self) -> None:
        """Unpin the selected text."""
        if self._probes:
            self._view.unpin(self._probes[self.chosen].text)

    @property
    def _view(self) -> ProbesView:
        assert isinstance(self.parent, ProbesView)
        return self.parent


def _height(width: int) -> int:
    return 1 if width >= _ONE_LINE else 2


def _lines(probe: Probe, width: int, *, is_chosen: bool) -> Content:
    values = [value for _, value in probe.values]
    if values:
        label = shorten(plain(probe.label), _LABEL_WIDTH)
        facts = f"{values[-1]:.2f} {_change(values)} {label}" + " " * (
            _LABEL_WIDTH - Content(label).cell_length
        )
    else:
        facts = "no checkpoint since".ljust(11 + _LABEL_WIDTH)
    head = f"{'›' if is_chosen else ' '}{probe.marker} {facts} "
    style = "bold" if is_chosen else ""
    if _height(width) == 1:
        text = shorten(plain(probe.text), width - Content(head).cell_length)
        return Content.styled(head + text, style)
    return Content.assemble((head, style), "\n", ("   " + shorten(plain(probe.text), width - 3), "dim"))


def _frame(found: Sequence[Probe], history: History, chosen: int) -> Frame:
    curves = [
        _curve(probe, number, is_chosen=number == chosen)
        for number, probe in sorted(enumerate(found), key=lambda pair: pair[0] == chosen)
        if probe.values
    ]
    if not curves:
        return Frame(message="each checkpoint adds a point" if found else _WAITING)
    end = max(axis_end(history), *(step for probe in found for step, _ in probe.values))
    return Frame(curves, end, limits=(0.0, 1.0), extent=(0.0, 1.0))


def _curve(probe: Probe, number: int, *, is_chosen: bool) -> Curve:
    points = np.array(probe.values, dtype=np.float64)
    bins = Bins(POINT_BINS)
    bins.extend(points[:, 0], points[:, 1])
    pattern: Pattern = "heavy" if is_chosen else _PATTERNS[number % len(_PATTERNS)]
    return Curve("", bins, pattern, "main" if is_chosen else "second", points, probe.marker)


def _change(values: Sequence[float]) -> str:
    """Change from the first to the last value, in five cells."""
    if len(values) < 2:
        return " " * 5
    change = f"{values[-1] - values[0]:+.2f}".replace("-", "−")
    return f"±{change[1:]}" if change[1:] == "0.00" else change
