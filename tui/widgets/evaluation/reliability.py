"""The reliability diagram: accuracy by predicted probability, as a chart and as a table."""

import numpy as np
from textual.content import Content

from core.charts.bins import Bins, Floats
from core.charts.braille import Pattern
from core.protocol import Calibration, Reliability
from tui.widgets.charts.plot import Curve, Frame, Tone

# In percent, as bins of curves are whole numbers.
_PERCENT = 100.0


def reliability_frame(calibration: Calibration) -> Frame:
    """Accuracy before and after temperature scaling, over the diagonal of perfect calibration."""
    even = np.arange(_PERCENT + 1)
    return Frame(
        curves=[
            Curve("ideal", _bins(even, even / _PERCENT), "stipple", "faint"),
            _curve(calibration.before, "before", "○", "second"),
            _curve(calibration.after, "after", "●", "main"),
        ],
        x_end=_PERCENT,
        limits=(0.0, 1.0),
        x_name="%",
    )


def _curve(found: Reliability, label: str, marker: str, tone: Tone) -> Curve:
    points = np.array([(each.confidence * _PERCENT, each.accuracy) for each in found.bins]).reshape(-1, 2)
    pattern: Pattern = "solid" if tone == "main" else "dashes"
    return Curve(label, _bins(*points.T), pattern, tone, points=points, marker=marker)


def _bins(steps: Floats, values: Floats) -> Bins:
    bins = Bins()
    bins.extend(steps, values)
    return bins


def reliability_table(calibration: Calibration) -> Content:
    """Count and accuracy by range of probability, before and after temperature scaling."""
    lines = [
        Content.styled(" " * 10 + "before".rjust(12) + "after".rjust(13), "dim"),
        Content.styled(" " * 10 + " count   acc  count   acc", "dim"),
    ]
    before, after = (
        {each.low: each for each in found.bins} for found in (calibration.before, calibration.after)
    )
    for low in sorted({*before, *after}, reverse=True):
        sides = []
        for found in (before.get(low), after.get(low)):
            sides.append(f"{found.count:>6,} {found.accuracy:.3f}" if found else "     –     –")
        high = (before.get(low) or after[low]).high
        lines.append(Content(f"{low:.2f}–{high:.2f} {sides[0]} {sides[1]}"))
    return Content("\n").join(lines)
