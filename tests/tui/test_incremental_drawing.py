"""Incremental drawing: it equals a fresh drawing, and redraws only what changed."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_run import evaluation, plan, training_events
from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget
from watch_app import text

from core.runs.events import AnyEvent, RunStarted, Step
from core.runs.history import History
from tui.widgets.charts.canvas import Canvas
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.plot import Frame, draw
from tui.widgets.charts.run_curves import RunCurves, loss_frame, metric_frame
from tui.widgets.panel import Panel

losses = st.one_of(st.none(), st.floats(0, 5))
sizes = st.tuples(st.integers(16, 160), st.integers(4, 45))


def started(seq: int = 1, resumed_from: int | None = None, max_steps: int = 300) -> RunStarted:
    planned = plan(max_steps=max_steps, eval_steps=7)
    return RunStarted(seq=seq, plan=planned, pid=1, host="", device_name="", resumed_from=resumed_from)


def events_of(values: list[float | None]) -> Iterator[AnyEvent]:
    for number, loss in enumerate(values, 1):
        yield Step(step=number, epoch=0.0, loss=loss, learning_rate=0.0)
        if number % 7 == 0:
            yield evaluation(number, loss=loss)


def frames(history: History, curves: RunCurves) -> list[Frame]:
    return [loss_frame(history, curves, "…"), metric_frame(history, curves, "…")]


def is_same(one: Canvas | None, other: Canvas | None) -> bool:
    return one is other if one is None or other is None else one.changes(other) == []


@given(values=st.lists(losses, max_size=300), pieces=st.lists(st.integers(1, 90), max_size=9), size=sizes)
def test_curves_updated_in_pieces_equal_fresh_ones(
    values: list[float | None], pieces: list[int], size: tuple[int, int]
) -> None:
    events, history, grown = list(events_of(values)), History(), RunCurves()
    history.apply(started())
    for piece in [*pieces, len(events)]:
        history.extend(events[:piece])
        events = events[piece:]
        grown = grown.following(history)
    new = RunCurves().following(history)
    for one, other in zip(frames(history, grown), frames(history, new), strict=True):
        assert is_same(draw(one, *size), draw(other, *size))


def test_steps_that_are_trained_again_are_redrawn() -> None:
    """The event of the resumed run is missing."""
    history, curves = History.of([started()]), RunCurves()
    for first, last in ((1, 20), (11, 15), (16, 40)):
        history.extend(list(training_events(last, plan(), first)))
        curves = curves.following(history)
    new = RunCurves().following(history)
    for one, other in zip(frames(history, curves), frames(history, new), strict=True):
        assert is_same(draw(one, 40, 8), draw(other, 40, 8))


@given(values=st.lists(losses, min_size=1, max_size=300), window=st.sampled_from([125, 400, 2500]))
def test_the_smoothed_loss_is_an_exponential_moving_average(values: list[float | None], window: int) -> None:
    history = History.of([started(max_steps=window), *events_of(values)])
    smooth, keep = RunCurves().following(history).smooth, 1 - 1 / (window // 25)
    mean = weight = 0.0
    for number, loss in enumerate(values, 1):
        if loss is None:
            assert math.isnan(smooth.low[number])
            continue
        mean, weight = keep * mean + (1 - keep) * loss, keep * weight + (1 - keep)
        assert smooth.low[number] == pytest.approx(mean / weight, abs=1e-9)


@given(
    first=st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 8), st.text("ab─", max_size=40))),
    second=st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 8), st.text("ab─", max_size=40))),
)
def test_changes_are_the_smallest_regions_with_all_different_cells(first, second) -> None:
    canvases = Canvas(20, 5), Canvas(20, 5)
    for canvas, texts in zip(canvases, (first, second), strict=True):
        for column, row, written in texts:
            canvas.write(row, column, written, 1)
    rows = [[strip_of(canvas, row) for row in range(5)] for canvas in canvases]
    changes = canvases[1].changes(canvases[0])
    assert len({region.y for region in changes}) == len(changes)
    for row in range(5):
        different = [x for x in range(20) if rows[0][row][x] != rows[1][row][x]]
        expected = [Region(different[0], row, different[-1] + 1 - different[0], 1)] if different else []
        assert [region for region in changes if region.y == row] == expected


def strip_of(canvas: Canvas, row: int) -> list[tuple[str, object]]:
    from rich.style import Style

    strip = canvas.strip(row, [Style(bold=False), Style(bold=True)])
    return [(character, segment.style) for segment in strip for character in segment.text]


class OneWidgetApp(App[None]):
    CSS = "Panel { height: auto; }"

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


async def test_a_chart_updated_during_training_equals_a_fresh_one() -> None:
    history, curves, chart = History.of([started()]), RunCurves(), LineChart()
    app = OneWidgetApp(chart)
    events = list(training_events(300, plan()))
    async with app.run_test(size=(80, 20)) as pilot:
        while events:
            history.extend(events[:17])
            events = events[17:]
            curves = curves.following(history)
            chart.show(loss_frame(history, curves, ""))
            await pilot.pause()
        shown = [strip.text for strip in app.screen._compositor.render_strips()]
        chart.show(Frame(message="nothing"))
        await pilot.pause()
        assert "nothing" in text(chart)
        chart.show(loss_frame(history, RunCurves().following(history), ""))
        await pilot.pause()
        assert [strip.text for strip in app.screen._compositor.render_strips()] == shown


LONG = "a sentence that is longer than the panel is wide, so that it takes two lines or three"
CONTENTS = [
    "one\ntwo\nthree",
    "one\n2\nthree",
    f"one\n{LONG}\nthree",
    f"1\n{LONG} now\n3",
    "",
    "one",
    "a\n\nb\n",
]


async def test_a_panel_shows_its_last_content() -> None:
    panel = Panel()
    app = OneWidgetApp(panel)
    async with app.run_test(size=(40, 12)) as pilot:
        shown: dict[str, list[str]] = {}
        for content in [*CONTENTS, *reversed(CONTENTS), *CONTENTS[::2], *CONTENTS[1::2]]:
            panel.show(Content(content))
            await pilot.pause()
            screen = [strip.text for strip in app.screen._compositor.render_strips()]
            assert shown.setdefault(content, screen) == screen
            assert " ".join(" ".join(screen).split()) == " ".join(content.split())


async def test_only_the_changed_line_is_redrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, refreshed = Panel(), []
    app = OneWidgetApp(panel)
    async with app.run_test(size=(40, 12)) as pilot:
        panel.show(Content("one\ntwo\nthree"))
        await pilot.pause()
        monkeypatch.setattr(
            panel, "refresh", lambda *regions, layout=False: refreshed.append((regions, layout))
        )
        panel.show(Content("one\n2\nthree"))
        panel.show(Content("one\n2\nthree"))
        assert refreshed == [((Region(0, 1, panel.size.width, 1),), False)]


def test_a_canvas_clips_content_outside_its_area() -> None:
    canvas = Canvas(3, 2)
    canvas.put(np.array([-1, 0, 1, 2]), np.array([0, 3, 2, 0]), ord("x"), 1)
    canvas.write(5, 0, "abc", 1)
    assert ["".join(text for text, _ in strip_of(canvas, row)) for row in range(2)] == ["   ", "  x"]
