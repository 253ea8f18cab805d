"""Formatting of figures."""

import math
from collections.abc import Callable

import pytest

from core.text import format


@pytest.mark.parametrize(
    ("function", "value", "shown"),
    [
        (format.duration, 0, "0s"),
        (format.duration, 59.6, "1m00s"),
        (format.duration, 72, "1m12s"),
        (format.duration, 7500, "2h05m"),
        (format.duration, 273_600, "3d04h"),
        (format.duration, None, "–"),
        (format.duration, math.inf, "–"),
        (format.ago, 12, "just now"),
        (format.ago, 300, "5m ago"),
        (format.ago, 11_000, "3h ago"),
        (format.ago, 1_100_000, "12d ago"),
        (format.count, 1204, "1,204"),
        (format.count, 22_713_986, "22.7 M"),
        (format.rate, 4.254, "4.25"),
        (format.rate, 41.2, "41"),
        (format.rate, math.nan, "–"),
        (format.size, 512, "512 B"),
        (format.size, 3 << 30, "3.0 GiB"),
        (format.percent, 0.12, "12 %"),
        (format.percent, 0.034, "3.4 %"),
        (format.percent, 0.0, "0 %"),
        (format.percent, 1.0, "100 %"),
        (format.score, 0.9123, "0.912"),
        (format.score, 0.00042, "0.00042"),
        (format.score, 12.34, "12.3"),
        (format.score, None, "–"),
        (format.learning_rate, 2.31e-5, "2.31e-05"),
    ],
)
def test_figures_are_formatted(
    function: Callable[[float | None], str], value: float | None, shown: str
) -> None:
    assert function(value) == shown
