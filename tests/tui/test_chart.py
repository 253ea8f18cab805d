"""Line charts and the curves of a run."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from scripted_run import evaluation, plan, training_events
from textual.app import App, ComposeResult
from watch_app import text

from core.charts.bins import Bins
from core.runs.events import AnyEvent, RunStarted, Step
from core.runs.history import History
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.plot import TONES, Curve, Flag, Frame, Mark, draw
from tui.widgets.charts.run_curves import RunCurves, axis_end, loss_frame, metric_frame


class ChartApp(App[None]):
    def compose(self) -> ComposeResult:
        yield LineChart(id="chart")


async def drawn(frame: Frame, size: tuple[int, int] = (60, 15)) -> str:
    app = ChartApp()
    async with app.run_test(size=size):
        chart = app.query_one(LineChart)
        chart.show(frame)
        return text(chart)


def curve(numbers: Sequence[float], label: str = "train") -> Curve:
    bins = Bins()
    bins.extend(np.arange(1.0, len(numbers) + 1), np.array(numbers))
    return Curve(label, bins, "solid", "main")


def points(numbers: dict[float, float]) -> Curve:
    bins = Bins()
    bins.extend(np.array(list(numbers)), np.array(list(numbers.values())))
    return Curve("validation", bins, "solid", "points", np.array(list(numbers.items())), "●")


def started(seq: int = 1, resumed_from: int | None = None) -> RunStarted:
    return RunStarted(seq=seq, plan=plan(), pid=1, host="here", device_name="cpu", resumed_from=resumed_from)


def history_of(*events: AnyEvent) -> History:
    return History.of(events)


async def test_a_chart_has_curve_axis_and_markers() -> None:
    frame = Frame(
        [curve([1 - step / 200 for step in range(100)]), points({20: 0.8, 80: 0.6})],
        100.0,
        Mark(80, 0.6, "0.600"),
    )
    shown = await drawn(frame)
    assert any(0x2800 < ord(character) <= 0x28FF for character in shown)
    assert shown.count("●") == 1
    assert shown.count("▲") == 1
    assert "0.600" in shown
    assert "step 0" in shown
    assert "100" in shown.splitlines()[-1]
    assert "1.0┤" in shown


async def test_an_empty_chart_shows_its_message() -> None:
    assert "loading model…" in await drawn(Frame(message="loading model…"))


async def test_a_curve_with_only_gaps_shows_the_message() -> None:
    assert "no steps yet" in await drawn(Frame([curve([math.nan] * 5)], message="no steps yet"))


async def test_a_chart_fits_very_small_sizes() -> None:
    for size in ((1, 1), (5, 3), (16, 4), (17, 5), (200, 2)):
        shown = await drawn(Frame([curve([0.5, 0.4])], 2.0, Mark(2, 0.4, "0.400")), size)
        assert len(shown.splitlines()) <= size[1]


async def test_commands_are_marked_at_their_steps() -> None:
    shown = await drawn(Frame([curve([0.5, 0.4] * 20)], 40.0, flags=[Flag(30, "R"), Flag(20, "L")]))
    top = shown.splitlines()[0]
    assert 0 < top.index("L") < top.index("R")
    assert "┊" in shown


@given(steps=st.lists(st.integers(1, 1000), min_size=1, max_size=8))
def test_no_flag_letter_hides_another(steps: list[int]) -> None:
    flags = [Flag(step, letter) for step, letter in zip(steps, "PSECLANR", strict=False)]
    canvas = draw(Frame([curve([0.5, 0.4])], 1000.0, flags=flags), 40, 12)
    assert canvas is not None
    top = canvas.strip(0, [Style()] * len(TONES)).text
    assert sorted(set(top) & set("PSECLANR")) == sorted(flag.letters for flag in flags)


@pytest.mark.parametrize("best", [0.9, 0.95, 1.0])
async def test_flag_letters_do_not_cover_the_best_value(best: float) -> None:
    frame = Frame(
        [points({10: 0.5, 20: best})],
        20.0,
        Mark(20, best, f"{best:.3f}"),
        [Flag(step, "PSR") for step in (17, 18, 19, 20)],
        limits=(0.0, 1.0),
    )
    shown = await drawn(frame)
    assert f"{best:.3f}" in shown
    assert "PSR" in shown.splitlines()[0]


async def test_equal_flag_letters_in_one_column_are_shown_once() -> None:
    flags = [Flag(10_000, "E"), Flag(10_001, "EC"), Flag(10_002, "C")]
    shown = await drawn(Frame([curve([0.5, 0.4])], 20_000.0, flags=flags))
    assert shown.splitlines()[0].split()[-1].endswith("EC")
    assert shown.splitlines()[0].count("E") == 1


async def test_the_axis_stays_within_its_limits() -> None:
    shown = await drawn(Frame([points({10: 0.98, 20: 0.99})], 20.0, limits=(0.0, 1.0)))
    assert "1.0" not in shown.replace("1.00", "").replace("1.000", "")


async def test_every_pattern_looks_different() -> None:
    numbers = [0.5 + 0.3 * math.sin(step / 5) for step in range(100)]
    bins = curve(numbers).bins
    pictures = {
        await drawn(Frame([Curve("a", bins, pattern, "main")], 100.0))
        for pattern in ("solid", "heavy", "stipple", "dashes")
    }
    assert len(pictures) == 4


def test_incremental_updates_give_the_same_training_curve() -> None:
    history = history_of(started(), *training_events(100, plan()))
    at_once = RunCurves().following(history)
    history = history_of(started())
    grown = RunCurves()
    for event in training_events(100, plan()):
        history.apply(event)  # this also fails if a view of the arrays is left, because they could not grow
        grown = grown.following(history)
    np.testing.assert_array_equal(grown.raw.low, at_once.raw.low)
    np.testing.assert_allclose(grown.smooth.low, at_once.smooth.low)
    assert grown.latest == pytest.approx(at_once.latest)


def test_smoothing_is_bias_corrected_and_skips_gaps() -> None:
    def step(number: int, loss: float | None) -> Step:
        return Step(step=number, epoch=0.0, loss=loss, learning_rate=0.0)

    history = history_of(started(), step(1, 2.0), step(2, None), step(3, 2.0))
    smooth = RunCurves().following(history).smooth
    assert [smooth.low[1], smooth.low[3]] == pytest.approx([2.0, 2.0])
    assert np.isnan(smooth.low[2])


def test_a_resumed_run_redraws_the_steps_after_its_checkpoint() -> None:
    history = history_of(started(), *training_events(100, plan()))
    curve = RunCurves().following(history)
    history.apply(started(seq=500, resumed_from=40))
    for event in training_events(60, plan(), first=41):
        history.apply(event)
    curve = curve.following(history)
    assert np.flatnonzero(curve.raw.touched)[-1] == 60
    frame = loss_frame(history, curve, "")
    assert list(frame.flags) == [Flag(40, "R")]
    assert [step for step, _ in frame.curves[2].points] == [20, 40, 60]


def test_the_axis_doubles_only_when_the_curve_reaches_its_end() -> None:
    ends = []
    history = history_of(started())
    for event in training_events(300, plan()):
        history.apply(event)
        ends.append(axis_end(history))
    assert ends[-1] == 300
    assert all(later in (sooner, 2 * sooner) for sooner, later in itertools.pairwise(ends))


def test_the_metric_frame_has_both_metrics_and_the_best() -> None:
    history = history_of(started(), *training_events(100, plan()))
    frame = metric_frame(history, RunCurves().following(history), "")
    assert [curve.label for curve in frame.curves] == ["macro F1", "validation accuracy"]
    assert frame.best is not None
    assert frame.best.step == 100
    assert frame.best.value == evaluation(100).accuracy


def test_frames_without_events_have_a_message() -> None:
    assert loss_frame(History(), RunCurves(), "waiting").message == "waiting"
    assert metric_frame(History(), RunCurves(), "no evaluation yet").message == "no evaluation yet"


def test_an_evaluation_without_a_loss_is_a_gap() -> None:
    history = history_of(started(), evaluation(20, loss=None), evaluation(40))
    frame = loss_frame(history, RunCurves().following(history), "")
    assert np.isnan(frame.curves[2].points[0][1])
