"""The training loss for a drawing: a few hundred points, however long the run was."""

import numpy as np
from scipy.signal import lfilter

from core.charts.bins import Bins, Floats
from core.protocol.report import LossCurve
from core.runs.history import History

_POINTS = 512


def loss_curve(history: History) -> LossCurve:
    """The training loss: lowest and highest of steps in a row, and smoothed."""
    steps, losses = np.asarray(history.steps.step), np.asarray(history.steps.loss)
    window = min(100, max(5, history.plan.max_steps // 25)) if history.plan else 25
    raw, smooth = Bins(_POINTS), Bins(_POINTS)
    raw.extend(steps, losses)
    smooth.extend(steps, _smoothed(losses, window))
    index = np.flatnonzero(raw.touched)
    return LossCurve(
        width=raw.width,
        steps=(index * raw.width + (raw.width - 1) / 2).tolist(),
        low=_known(raw.low[index]),
        high=_known(raw.high[index]),
        smoothed=_known(smooth.last[index]),
        window=window,
    )


def _smoothed(losses: Floats, window: int) -> Floats:
    """Exponential moving average with bias correction; a NaN is a gap and leaves the average as it is."""
    smoothed, known = losses.copy(), np.isfinite(losses)
    keep = 1.0 - 1.0 / window
    weights = 1.0 - keep ** np.arange(1, known.sum() + 1)
    if known.any():
        smoothed[known] = lfilter([1.0 - keep], [1.0, -keep], losses[known]) / weights
    return smoothed


def _known(values: Floats) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]
