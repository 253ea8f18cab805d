"""The two charts of a run, made from its history. Each value is added to the curves once."""

from array import array
from collections.abc import Sequence

import numpy as np

from core.charts.bins import Bins, Floats
from core.runs.events import Evaluation
from core.runs.history import History
from core.text import format
from core.text.format import score
from tui.widgets.charts.plot import Curve, Frame, Mark, Tone
from tui.widgets.run.markers import flags

# Evaluations are few and need fewer bins than steps.
POINT_BINS = 512


class RunCurves:
    """Training loss, raw and smoothed, and the scores of the evaluations.

    Args:
        origin: number of the event that started or resumed the run, and how often steps and evaluations were
            discarded. Curves of another origin are not continued.
    """

    def __init__(self, origin: tuple[int, int, int] = (0, 0, 0)) -> None:
        self.raw, self.smooth = Bins(), Bins()
        self.loss, self.share, self.macro_f1 = _Points(), _Points(), _Points()
        self._origin = origin
        self._taken = 0
        self._sum, self._averaged = 0.0, 0
        self.latest: float | None = None
        """The current smoothed loss."""

    def following(self, history: History) -> "RunCurves":
        """These curves with the new values of `history`; new curves if the run was resumed."""
        origin = (history.started.seq if history.started else 0, history.steps.cuts, history.cuts)
        curves = self if origin == self._origin else RunCurves(origin)
        curves._take_steps(history)
        new = history.evaluations[len(curves.loss) :]
        curves.loss.extend(new, [item.loss for item in new])
        curves.share.extend(new, [_share(history, item)[1] for item in new])
        curves.macro_f1.extend(new, [item.macro_f1 for item in new])
        return curves

    def _take_steps(self, history: History) -> None:
        new = slice(self._taken, len(history.steps))
        if new.start == new.stop:
            return
        # A slice copies: a view would keep the array from growing.
        steps, losses = np.frombuffer(history.steps.step[new]), np.frombuffer(history.steps.loss[new])
        self._taken = new.stop
        self.raw.extend(steps, losses)
        self.smooth.extend(steps, self._smoothed(losses, smoothing_window(history)))

    def _smoothed(self, losses: Floats, window: int) -> Floats:
        """Exponential moving average with bias correction; a NaN is a gap and leaves the average as it is."""
        smoothed, known = losses.copy(), np.isfinite(losses)
        count = int(known.sum())
        if count:
            keep = 1.0 - 1.0 / window
            sums = _decaying_sums(losses[known], keep, self._sum)
            self._sum, self._averaged = float(sums[-1]), self._averaged + count
            counts = np.arange(self._averaged - count + 1, self._averaged + 1)
            weights = (1.0 - keep**counts) * window
            smoothed[known] = sums / weights
            self.latest = float(sums[-1] / weights[-1])
        return smoothed


def _decaying_sums(values: Floats, keep: float, before: float) -> Floats:
    """The sums s[n] = keep × s[n − 1] + values[n], where s[−1] is `before`."""
    # In blocks: sum the values divided by powers of `keep` within all blocks at once, then carry the sum from
    # block to block. Blocks are short enough for the powers to stay near one.
    length = max(2, round(2 / (1 - keep)))
    powers = keep ** np.arange(1, length + 1)
    blocks = np.zeros((-(-len(values) // length), length))
    blocks.flat[: len(values)] = values
    sums = np.cumsum(blocks / powers, axis=1) * powers
    carried, carry = [], before
    for last in sums[:, -1].tolist():
        carried.append(carry)
        carry = carry * float(powers[-1]) + last
    sums += np.outer(carried, powers)
    flat: Floats = sums.ravel()[: len(values)]
    return flat


class _Points:
    """A value at each evaluation."""

    def __init__(self) -> None:
        self._steps, self._values = array("d"), array("d")
        self._bins = Bins(POINT_BINS)

    def __len__(self) -> int:
        return len(self._steps)

    def extend(self, evaluations: Sequence[Evaluation], values: Sequence[float | None]) -> None:
        """Add the values of evaluations; None is a gap."""
        steps = [float(item.step) for item in evaluations]
        known = [np.nan if value is None else value for value in values]
        self._steps.extend(steps)
        self._values.extend(known)
        self._bins.extend(np.array(steps), np.array(known))

    def curve(self, label: str, tone: Tone, marker: str) -> Curve:
        """The points, joined by a line."""
        # Copies: views would keep the arrays from growing.
        points = np.column_stack([np.array(self._steps), np.array(self._values)])
        return Curve(label, self._bins, "dashes" if tone == "second" else "solid", tone, points, marker)


def smoothing_window(history: History) -> int:
    """Steps over which the loss is smoothed: a twenty-fifth of the run, from 5 to 100."""
    return min(100, max(5, history.plan.max_steps // 25)) if history.plan else 25


def axis_end(history: History) -> float:
    """End of the step axis: the planned end, halved while the run is shorter; after the run, its last step.

    With halving, the scale only changes when the curve has doubled.
    """
    step = max(history.step, history.evaluations[-1].step if history.evaluations else 0)
    if history.ended is not None and step:
        return float(step)
    end = float(max(history.plan.max_steps if history.plan else 1, step, 1))
    while end / 2 >= max(step, 8):
        end /= 2
    return end


def loss_frame(history: History, curves: RunCurves, waiting: str) -> Frame:
    """The loss chart: training raw and smoothed, validation as points."""
    if not len(history.steps) and not history.evaluations:
        return Frame(message=waiting)
    drawn = [
        Curve("train", curves.raw, "stipple", "faint"),
        Curve("smoothed", curves.smooth, "heavy", "main"),
        curves.loss.curve("validation", "points", "●"),
    ]
    best = history.best
    mark = (
        Mark(best.step, best.loss, score(best.loss)) if best is not None and best.loss is not None else None
    )
    return Frame(drawn, axis_end(history), mark, flags(history), limits=(0.0, np.inf))


def metric_frame(history: History, curves: RunCurves, waiting: str) -> Frame:
    """The metric chart: validation accuracy (micro F1 with several labels a text) and macro F1."""
    if not history.evaluations:
        return Frame(message=waiting)
    drawn = [
        curves.macro_f1.curve("macro F1", "second", "◇"),
        curves.share.curve(f"validation {_share(history, history.evaluations[-1])[0]}", "points", "●"),
    ]
    best = history.best
    mark = Mark(best.step, _selected(history, best), score(_selected(history, best))) if best else None
    return Frame(drawn, axis_end(history), mark, flags(history), limits=(0.0, 1.0))


def _selected(history: History, best: Evaluation) -> float:
    if history.plan and history.plan.metric == "macro_f1":
        return best.macro_f1
    return _share(history, best)[1]


def _share(history: History, item: Evaluation) -> tuple[str, float]:
    """Name and value drawn beside macro F1: accuracy, or micro F1 with several labels a text."""
    if item.micro_f1 is None or (history.plan and history.plan.metric == "accuracy"):
        return format.accuracy(item.micro_f1), item.accuracy
    return format.metric("micro_f1"), item.micro_f1
