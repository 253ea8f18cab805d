"""The status line at different widths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_run import plan, training_events

from core.runs.events import RunStarted, Step
from core.runs.history import History
from tui.widgets.run.status_line import fit, items_of

LONG = plan(max_steps=360_000, eval_steps=10_000, patience=10)


def trained(steps: int) -> History:
    history = History()
    history.apply(RunStarted(plan=plan(), pid=1, host="here", device_name="cpu"))
    for event in training_events(steps, plan()):
        history.apply(event)
    return history


@given(st.integers(20, 200), st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60))
def test_the_line_is_not_wider_than_the_terminal_if_the_essential_items_fit(width: int, name: str) -> None:
    line = fit(name, items_of(trained(40), "training", is_narrow=True), "cuda:0", width)
    assert line.cell_length <= max(width, 55)


@pytest.mark.parametrize("state", ["training", "paused", "early stopped", "interrupted"])
def test_at_60_columns_a_long_run_shows_the_essential_items(state: str) -> None:
    history = History()
    history.apply(RunStarted(plan=LONG, pid=1, host="here", device_name="cpu"))
    history.apply(Step(step=123_456, epoch=1.0, loss=0.1234, learning_rate=1e-5, documents_per_second=200.0))
    line = fit("a-run", items_of(history, state, is_narrow=True), "cuda:0", 59).plain  # type: ignore[arg-type]
    assert len(line) <= 59
    for words in (state, "123456/360000", "train 0.123", "0/10", "ETA"):
        assert words in line


def test_warnings_are_counted_if_the_line_is_wide_enough() -> None:
    items = items_of(trained(40), "training", 2, is_narrow=False)
    assert "2 warnings (key 3)" in fit("run", items, "cuda:0", 119).plain
    assert "warning" not in fit("run", items, "cuda:0", 59).plain


def test_the_name_is_shortened_before_the_figures() -> None:
    items = items_of(trained(40), "training", is_narrow=True)
    line = fit("a-very-long-name-of-a-run", items, "", 80).plain
    assert "a-very-" in line
    assert "… · training · step 40/300" in line


def test_waiting_for_disk_space_is_shown_at_every_width() -> None:
    def line(width: int) -> str:
        return fit("run", items_of(trained(40), "waiting for disk space", is_narrow=True), "", width).plain

    assert "waiting for disk space · step 40/300" in line(100)
    assert "no disk space" in line(55)


def test_a_trainer_that_is_not_responding_is_shown_as_such() -> None:
    def line(width: int) -> str:
        items = items_of(trained(40), "training", unresponsive_seconds=130.0, is_narrow=width < 100)
        return fit("run", items, "", width).plain

    assert "training, not responding for 2m10s · step 40/300" in line(110)
    assert "ETA –" in line(110)
    assert "texts/s" not in line(110)
    assert "no response 2m10s" in line(59)
