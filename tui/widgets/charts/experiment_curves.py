"""The two charts of an experiment: one curve for each model."""

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from core.charts.bins import Bins, Floats
from core.charts.braille import Pattern
from core.runs.events import Evaluation
from core.text import format
from tui.following.experiment import ExperimentReader, MemberReader
from tui.widgets.charts.plot import Curve, Frame, Tone
from tui.widgets.charts.run_curves import POINT_BINS, axis_end

# The first twelve curves all differ in marker or pattern, not only in colour.
MARKERS = "●◇▲□◆○"
PATTERNS: tuple[Pattern, ...] = ("solid", "dashes", "stipple", "heavy")
TONES: tuple[Tone, ...] = ("points", "main", "best", "second")

Value = Callable[[Evaluation], float | None]


class ShownMetric(NamedTuple):
    """The metric of the first chart."""

    name: str
    """Its display name."""
    value: Value


def shown_metric(reader: ExperimentReader) -> ShownMetric:
    """The metric that selects the best checkpoint; the usual one if that is the loss."""
    plan = next((member.history.plan for member in reader.members if member.history.plan), None)
    is_multi_label = plan is not None and plan.is_multi_label
    usual = "macro_f1" if is_multi_label else "accuracy"
    metric = usual if plan is None or plan.metric == "loss" else plan.metric
    return ShownMetric(format.metric(metric, is_multi_label=is_multi_label), attrgetter(metric))


def metric_frame(reader: ExperimentReader, waiting: str) -> Frame:
    """The metric on validation, by model."""
    return _frame(reader, shown_metric(reader).value, (0.0, 1.0), waiting)


def loss_frame(reader: ExperimentReader, waiting: str) -> Frame:
    """The loss on validation, by model."""
    return _frame(reader, lambda item: item.loss, (0.0, np.inf), waiting)


def _frame(reader: ExperimentReader, value: Value, limits: tuple[float, float], waiting: str) -> Frame:
    curves = [
        _curve(name, number, mean_by_step(members, value))
        for number, (name, members) in enumerate(reader.models.items())
    ]
    if not any(len(curve.points) for curve in curves):
        return Frame(message=waiting)
    ends = [axis_end(member.history) for member in reader.members if member.history.plan]
    return Frame(curves, max(ends, default=1.0), limits=limits)


def mean_by_step(members: list[MemberReader], value: Value) -> Floats:
    """Steps and means over the seeds evaluated there, one row each; NaN is a gap."""
    found: dict[int, list[float]] = {}
    for member in members:
        for item in member.history.evaluations:
            known = value(item)
            found.setdefault(item.step, []).append(np.nan if known is None else known)
    rows = [(float(step), float(np.mean(values))) for step, values in sorted(found.items())]
    return np.array(rows).reshape(-1, 2)


def _curve(name: str, number: int, points: Floats) -> Curve:
    bins = Bins(POINT_BINS)
    bins.extend(points[:, 0], points[:, 1])
    pattern, tone = PATTERNS[number % len(PATTERNS)], TONES[number % len(TONES)]
    return Curve(name, bins, pattern, tone, points, MARKERS[number % len(MARKERS)])
