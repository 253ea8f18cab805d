import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import braille, ticks
from core.charts.bins import Bins, Floats

LIMIT = 16
finite = st.floats(-1e6, 1e6)
values = st.lists(st.one_of(finite, st.just(math.nan)), min_size=1, max_size=200)


def steps(count: int) -> Floats:
    return np.arange(1.0, count + 1)


def binned(numbers: list[float], limit: int = LIMIT) -> Bins:
    bins = Bins(limit)
    bins.extend(steps(len(numbers)), np.array(numbers))
    return bins


@given(values, st.integers(1, 50))
def test_bins_do_not_depend_on_how_values_come(numbers: list[float], size: int) -> None:
    whole, parts = binned(numbers), Bins(LIMIT)
    for start in range(0, len(numbers), size):
        parts.extend(steps(len(numbers))[start : start + size], np.array(numbers[start : start + size]))
    assert parts.width == whole.width
    for name in ("low", "high", "first", "last", "touched"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


@given(values)
def test_bins_hold_the_extremes_of_their_steps(numbers: list[float]) -> None:
    bins = binned(numbers)
    assert math.log2(bins.width).is_integer()
    for index in range(LIMIT):
        inside = [
            number
            for step, number in enumerate(numbers, 1)
            if step // bins.width == index and math.isfinite(number)
        ]
        if inside:
            assert (bins.low[index], bins.high[index]) == (min(inside), max(inside))
            assert (bins.first[index], bins.last[index]) == (inside[0], inside[-1])
        else:
            assert np.isnan(bins.low[index])


@given(st.lists(finite, min_size=LIMIT, max_size=100), st.integers(1, 30))
def test_a_bin_that_was_passed_stays_as_it_is_while_the_width_does(numbers: list[float], more: int) -> None:
    before, after = binned(numbers), binned(numbers + numbers[:more])
    if before.width == after.width:
        passed = len(numbers) // before.width
        np.testing.assert_array_equal(before.low[:passed], after.low[:passed])
        np.testing.assert_array_equal(before.high[:passed], after.high[:passed])


@given(values, st.integers(2, 60), st.floats(1, 400))
def test_a_curve_stays_between_its_lowest_and_highest_value(
    numbers: list[float], columns: int, x_end: float
) -> None:
    low, high = braille.spans(binned(numbers), x_end, columns)
    known = [number for number in numbers if math.isfinite(number)]
    drawn = np.isfinite(low)
    np.testing.assert_array_equal(drawn, np.isfinite(high))
    assert (low[drawn] <= high[drawn]).all()
    if drawn.any():
        slack = 1e-6 * max(1.0, max(map(abs, known)))
        assert low[drawn].min() >= min(known) - slack
        assert high[drawn].max() <= max(known) + slack


def test_a_nan_is_a_gap_and_a_missing_step_is_not() -> None:
    bins = Bins(64)
    bins.extend(np.array([0.0, 10.0, 20.0, 30.0, 40.0]), np.array([1.0, 2.0, math.nan, 2.0, 3.0]))
    low, _ = braille.spans(bins, 40.0, 41)
    drawn = np.isfinite(low)
    assert drawn[:11].all()
    assert not drawn[11:30].any()
    assert drawn[30:].all()


def test_infinite_values_are_gaps() -> None:
    bins = binned([1.0, math.inf, -math.inf, 2.0])
    assert np.nanmax(bins.high) == 2.0
    assert np.nanmin(bins.low) == 1.0


@given(
    st.lists(st.tuples(finite, finite).map(sorted), min_size=2, max_size=20),
    st.integers(1, 8),
    st.sampled_from(["solid", "heavy", "stipple", "dashes"]),
)
def test_dots_fill_whole_characters_and_nothing_is_outside(
    pairs: list[list[float]], height: int, pattern: braille.Pattern
) -> None:
    pairs = pairs[: len(pairs) // 2 * 2]
    low, high = np.array(pairs).T
    picture = braille.dots(low, high, -10.0, 10.0, height * 4, pattern)
    assert picture.shape == (height * 4, len(pairs))
    assert braille.characters(picture).shape == (height, len(pairs) // 2)
    if pattern == "solid":
        assert picture.any(axis=0).all()  # also what lies outside the range has a dot, at its edge


def test_every_dot_has_its_bit() -> None:
    codes = set()
    for row in range(4):
        for column in range(2):
            picture = np.zeros((4, 2), dtype=np.bool_)
            picture[row, column] = True
            codes.add(int(braille.characters(picture)[0, 0]))
    assert codes == {1 << bit for bit in range(8)}
    assert braille.characters(np.ones((4, 2), dtype=np.bool_))[0, 0] == 0xFF


@given(st.floats(-1e5, 1e5), st.floats(1e-4, 1e5), st.integers(2, 8))
def test_a_nice_range_holds_what_it_was_made_for(low: float, span: float, most: int) -> None:
    bottom, top, step = ticks.nice_range(low, low + span, most)
    slack = 1e-6 * step
    assert bottom <= low + slack
    assert top >= low + span - slack
    assert (top - bottom) / step <= most + 2


def test_a_constant_curve_has_a_range() -> None:
    bottom, top, _ = ticks.nice_range(0.5, 0.5, 4)
    assert bottom < 0.5 < top


def test_outliers_do_not_flatten_the_curve() -> None:
    numbers = [900.0, 400.0] + [0.5 - step / 1000 for step in range(300)]
    bins = binned(numbers, limit=512)
    extent = ticks.robust_range([(bins.low, bins.high)], np.array([]))
    assert extent is not None
    assert extent[1] < 1.0


def test_points_are_always_in_the_range() -> None:
    bins = binned([0.1] * 100, limit=256)
    assert ticks.robust_range([(bins.low, bins.high)], np.array([0.9, math.nan])) == (0.1, 0.9)


def test_there_is_no_range_without_values() -> None:
    assert ticks.robust_range([(np.array([math.nan]), np.array([math.nan]))], np.array([])) is None


@pytest.mark.parametrize(
    ("span", "most", "step"), [(1.0, 4, 0.25), (300.0, 6, 50.0), (7.0, 3, 2.5), (10.0, 10, 1.0)]
)
def test_nice_steps(span: float, most: int, step: float) -> None:
    assert ticks.nice_step(span, most) == pytest.approx(step)


@pytest.mark.parametrize(
    ("low", "high", "step", "expected"),
    [
        (0.0, 1.0, 0.25, "0.00 0.25 0.50 0.75 1.00"),
        (-0.2, 0.1, 0.1, "-0.2 -0.1 0.0 0.1"),
        (0, 3e5, 1e5, "0.0e+00 1.0e+05 2.0e+05 3.0e+05"),
    ],
)
def test_ticks_and_their_aligned_labels(low: float, high: float, step: float, expected: str) -> None:
    found = [ticks.aligned_label(tick, step) for tick in ticks.ticks(low, high, step).tolist()]
    assert " ".join(found) == expected


def test_ticks_of_steps_are_whole_unless_asked_otherwise() -> None:
    assert ticks.step_ticks(3.0, 12).tolist() == [0, 1, 2, 3]
    assert ticks.step_ticks(1.0, 4, is_whole=False).tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_short_labels_of_ticks() -> None:
    assert [ticks.tick_label(tick) for tick in (0.25, 1500, 2.5e6)] == ["0.25", "1,500", "2.5 M"]


def test_labels_that_have_no_space_are_skipped() -> None:
    assert ticks.label_line(["0", "100", "200", "300"], [0, 3, 6, 11], 12) == "0    200    "
