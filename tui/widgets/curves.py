"""From a history to the frames of its two charts."""

import math
from array import array

import numpy as np

from core.runs.events import Evaluation
from core.runs.history import History
from tui.format import score
from tui.widgets.braille import Bins, Floats
from tui.widgets.chart import Curve, Frame, Mark, Tone

# Evaluations are few: they need fewer bins than steps.
POINT_BINS = 512


class TrainingCurve:
    """The training loss, raw and smoothed, binned as it grows: each value is looked at once.

    Args:
        origin: number of the event that started or resumed the run.
    """

    def __init__(self, origin: int = 0) -> None:
        self.raw, self.smooth = Bins(), Bins()
        self._origin = origin
        self._taken = 0
        self._mean = self._weight = 0.0

    def following(self, history: History) -> "TrainingCurve":
        """The curve of `history`: this one with what is new; another one when the run was resumed."""
        origin = history.started.seq if history.started else 0
        curve = self if origin == self._origin else TrainingCurve(origin)
        curve._take(history)
        return curve

    def _take(self, history: History) -> None:
        new = slice(self._taken, len(history.steps))
        if new.start == new.stop:
            return
        # A slice of an array is a copy: a view of the array itself would keep the history from growing.
        steps, losses = np.frombuffer(history.steps.step[new]), np.frombuffer(history.steps.loss[new])
        self._taken = new.stop
        self.raw.extend(steps, losses)
        self.smooth.extend(steps, self._smoothed(losses, smoothing_window(history)))

    @property
    def latest(self) -> float | None:
        """The smoothed loss now."""
        return self._mean / self._weight if self._weight else None

    def _smoothed(self, losses: Floats, window: int) -> Floats:
        """Exponential moving average with bias correction; a NaN is a gap and leaves the average as it is."""
        keep = 1.0 - 1.0 / window
        smoothed = array("d")
        for loss in losses.tolist():
            if math.isfinite(loss):
                self._mean = keep * self._mean + (1.0 - keep) * loss
                self._weight = keep * self._weight + (1.0 - keep)
                smoothed.append(self._mean / self._weight)
            else:
                smoothed.append(loss)
        return np.frombuffer(smoothed)


def smoothing_window(history: History) -> int:
    """Over how many steps the loss is smoothed: a twenty-fifth of the run, at least 5, at most 100."""
    return min(100, max(5, history.plan.max_steps // 25)) if history.plan else 25


def axis_end(history: History) -> float:
    """Where the step axis ends: the planned end halved while the run has not come so far; its end when over.

    Halving keeps the scale for as long as the curve doubles, so that it grows without moving.
    """
    step = max(history.step, history.evaluations[-1].step if history.evaluations else 0)
    if history.ended is not None and step:
        return float(step)
    end = float(max(history.plan.max_steps if history.plan else 1, step, 1))
    while end / 2 >= max(step, 8):
        end /= 2
    return end


def loss_frame(history: History, curve: TrainingCurve, waiting: str) -> Frame:
    """The loss chart: training raw and smoothed, validation as joined points."""
    if not len(history.steps) and not history.evaluations:
        return Frame(message=waiting)
    points = [(float(item.step), _number(item.loss)) for item in history.evaluations]
    curves = [
        Curve("train", curve.raw, "stipple", "faint"),
        Curve("smoothed", curve.smooth, "heavy", "main"),
        _points("validation", points, "points", "●"),
    ]
    best = history.best
    mark = (
        Mark(best.step, best.loss, score(best.loss)) if best is not None and best.loss is not None else None
    )
    return Frame(curves, axis_end(history), mark, _resumed_from(history), limits=(0.0, np.inf))


def metric_frame(history: History, waiting: str) -> Frame:
    """The accuracy chart: validation accuracy and macro F1 as joined points."""
    if not history.evaluations:
        return Frame(message=waiting)
    accuracy = [(float(item.step), item.accuracy) for item in history.evaluations]
    macro_f1 = [(float(item.step), item.macro_f1) for item in history.evaluations]
    curves = [
        _points("macro F1", macro_f1, "second", "◇"),
        _points("validation accuracy", accuracy, "points", "●"),
    ]
    best = history.best
    mark = Mark(best.step, _selected(history, best), score(_selected(history, best))) if best else None
    return Frame(curves, axis_end(history), mark, _resumed_from(history), limits=(0.0, 1.0))


def _selected(history: History, best: Evaluation) -> float:
    return best.macro_f1 if history.plan and history.plan.metric == "macro_f1" else best.accuracy


def _points(label: str, points: list[tuple[float, float]], tone: Tone, marker: str) -> Curve:
    bins = Bins(POINT_BINS)
    columns = np.array(points, dtype=np.float64).reshape(-1, 2)
    bins.extend(columns[:, 0], columns[:, 1])
    return Curve(label, bins, "dashes" if tone == "second" else "solid", tone, points, marker)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _resumed_from(history: History) -> int | None:
    return history.started.resumed_from if history.started else None
