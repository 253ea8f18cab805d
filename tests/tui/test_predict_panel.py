"""The prediction panel, by keyboard only."""

from pathlib import Path

import pytest
from scripted_run import FakeEngine, ScriptedRun, plan
from textual.widgets import Input
from watch_app import WatchApp, ready, screen_text, shows, until

from core.problems import Problem
from core.protocol import Predict
from core.runs import tried_texts
from core.runs.events import Checkpoint
from tui.engine.client import EngineFault
from tui.widgets.panel import bar
from tui.widgets.predict.answers import score_rows
from tui.widgets.predict.panel import PredictPanel

WIDE, SMALL = (120, 36), (80, 24)


@pytest.fixture
def run(tmp_path: Path) -> ScriptedRun:
    return ScriptedRun(tmp_path)


def trained(run: ScriptedRun, steps: int = 240, labels: list[str] | None = None) -> ScriptedRun:
    run.begin(plan(labels))
    run.train(steps, plan(labels))
    return run


def texts_asked(engine: FakeEngine) -> list[list[str]]:
    return [request.texts for request in engine.asked if isinstance(request, Predict)]


async def test_enter_classifies_with_the_best_checkpoint(run: ScriptedRun) -> None:
    trained(run)
    engine = FakeEngine()
    with run.alive():
        async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("slash", *"not bad", "enter")
            await until(pilot, shows(pilot.app, "positive", "0.66", "negative", "0.34", "14 tokens · 18 ms"))
    assert engine.asked == [Predict(str(run.directory.path), ["not bad"], "best")]


async def test_before_the_first_checkpoint_the_panel_says_when_it_comes(run: ScriptedRun) -> None:
    trained(run, 10)
    engine = FakeEngine()
    with run.alive():
        async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
            await ready(pilot)
            assert "try it · no checkpoint yet" in screen_text(pilot.app)
            await pilot.press("slash", *"good", "enter")
            await until(
                pilot, shows(pilot.app, "there is no checkpoint yet: the first checkpoint comes at step 20")
            )
            assert engine.asked == []


async def test_empty_text_is_not_classified(run: ScriptedRun) -> None:
    trained(run)
    engine = FakeEngine()
    async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("slash", "space", "enter")
        await pilot.pause()
    assert engine.asked == []


async def test_b_switches_between_best_and_last(run: ScriptedRun) -> None:
    trained(run)
    engine = FakeEngine()
    async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("slash", *"so so", "enter")
        await until(pilot, lambda: len(engine.asked) == 1)
        await pilot.press("ctrl+t")
        await until(pilot, shows(pilot.app, "try it · last @240"))
        await until(pilot, lambda: [ask.which for ask in engine.asked] == ["best", "last"])
        await pilot.press("escape", "b")
        await until(pilot, shows(pilot.app, "try it · best @220"))


async def test_a_newer_checkpoint_is_used_once(run: ScriptedRun) -> None:
    trained(run, 100)
    engine = FakeEngine()
    with run.alive():
        async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
            screen = await ready(pilot)
            await pilot.press("slash", *"fine", "enter")
            await until(pilot, lambda: len(engine.asked) == 1)
            run.write(Checkpoint(step=120, is_best=False, bytes=1, seconds=0.1))
            await until(pilot, lambda: len(screen.follower.history.checkpoints) == 6)
            assert "try it · best @100" in screen_text(pilot.app)
            run.write(Checkpoint(step=140, is_best=True, bytes=1, seconds=0.1))
            await until(pilot, shows(pilot.app, "try it · best @140"))
            await until(pilot, lambda: len(engine.asked) == 2)
            screen.query_one(PredictPanel).show(screen.follower.history)
            await pilot.pause()
            assert texts_asked(engine) == [["fine"], ["fine"]]


@pytest.mark.parametrize(
    "failure",
    [Problem("the checkpoint is gone", mend="Try again."), EngineFault("The engine \x1b[31m[b]died.")],
)
async def test_an_error_is_shown_and_the_next_text_works(
    run: ScriptedRun, failure: Problem | EngineFault
) -> None:
    trained(run)
    engine = FakeEngine()
    engine.failure = failure
    async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("slash", *"good", "enter")
        await until(pilot, shows(pilot.app, str(failure).replace("\x1b", "␛")))
        engine.failure = None
        await pilot.press("enter")
        await until(pilot, shows(pilot.app, "0.66"))


async def test_texts_sent_while_another_waits_are_all_classified(run: ScriptedRun) -> None:
    trained(run)
    engine = FakeEngine()
    engine.held.clear()
    async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("slash", *"one", "enter")
        await until(pilot, shows(pilot.app, "the first text waits for the model to load"))
        await pilot.press(*"two", "enter", *"two", "enter")
        await until(
            pilot,
            lambda: texts_asked(engine) == [["one"], ["two"], ["two"]],
        )
        engine.held.set()
        await until(
            pilot, lambda: {"one", "two"} == {trial.text for trial in tried_texts.read(run.directory.path)}
        )
        await until(pilot, shows(pilot.app, "one", "two", "0.66"))
    assert [trial.text for trial in tried_texts.read(run.directory.path)] == ["one", "two"]


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_unread_parts_of_a_text_are_marked(run: ScriptedRun, size: tuple[int, int]) -> None:
    """Marks are readable without colour. They disappear when the next text is read completely."""
    trained(run)
    engine = FakeEngine()
    text = "one two three four " + "five " * 40 + "six seven"
    engine.tokens, engine.unread = 803, [(8, 13), (19, 218)]
    async with WatchApp(run, engine).run_test(size=size) as pilot:
        screen = await ready(pilot)
        await pilot.press("slash")
        screen.query_one(Input).value = text
        await pilot.press("enter")
        await until(pilot, shows(pilot.app, "not read: 291 of 803 tokens · 18 ms"))
        shown = "one two ⟪three⟫ four five", "four ⟪five five", " … ", "ive five⟫ six seven"
        await until(pilot, shows(pilot.app, *shown))
        engine.tokens, engine.unread = 14, []
        await pilot.press(*"short", "enter")
        await until(pilot, shows(pilot.app, "14 tokens · 18 ms"))
        assert "⟪" not in screen_text(pilot.app)


async def test_a_model_of_text_pairs_asks_for_a_pair(run: ScriptedRun) -> None:
    run.begin(plan(pairs=True))
    async with WatchApp(run, FakeEngine()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("slash")
        await until(pilot, shows(pilot.app, "type a text pair with ||| between"))


async def test_a_model_of_text_pairs_rejects_pinning_a_single_text(run: ScriptedRun) -> None:
    run.begin(plan(pairs=True))
    run.train(240, plan(pairs=True))
    async with WatchApp(run, FakeEngine()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("slash", *"one", "enter")
        await until(pilot, shows(pilot.app, "14 tokens"))
        await pilot.press("ctrl+n")
        await until(pilot, shows(pilot.app, "this is a single text: 'one'"))


async def test_arrows_recall_tried_texts(run: ScriptedRun) -> None:
    trained(run)
    engine = FakeEngine()
    async with WatchApp(run, engine).run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        await pilot.press("slash")
        field = screen.query_one(Input)
        for number, text in enumerate(("one", "two"), 1):
            await pilot.press(*text, "enter")
            await until(pilot, lambda number=number: len(engine.asked) == number)  # type: ignore[misc]
        await until(pilot, shows(pilot.app, "0.66 positive           one", "0.66 positive           two"))
        for key, text in (("up", "two"), ("up", "one"), ("up", "one"), ("down", "two"), ("down", "")):
            await pilot.press(key)
            await until(pilot, lambda text=text: field.value == text)  # type: ignore[misc]


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_tried_texts_are_shown_again_on_another_screen(run: ScriptedRun, size: tuple[int, int]) -> None:
    trained(run)
    for number, text in enumerate(("one", "two"), 1):
        async with WatchApp(run, FakeEngine()).run_test(size=size) as pilot:
            await ready(pilot)
            await pilot.press("slash", *text, "enter")
            await until(pilot, lambda number=number: len(tried_texts.read(run.directory.path)) == number)  # type: ignore[misc]
    async with WatchApp(run, FakeEngine()).run_test(size=size) as pilot:
        screen = await ready(pilot)
        await pilot.press("slash")
        await until(pilot, shows(pilot.app, "0.66 positive           one", "0.66 positive           two"))
        await pilot.press("up")
        await until(pilot, lambda: screen.query_one(Input).value == "two")


async def test_a_text_that_cannot_be_saved_is_still_classified(run: ScriptedRun) -> None:
    trained(run)
    (run.directory.path / "predictions").touch()
    async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("slash", *"one", "enter")
        await until(pilot, shows(pilot.app, "0.66", "not saved: "))


async def test_many_labels_scroll(run: ScriptedRun) -> None:
    labels = [f"intent {number:02}" for number in range(77)]
    trained(run, labels=labels)
    for size in (WIDE, SMALL):
        async with WatchApp(run, FakeEngine(labels)).run_test(size=size) as pilot:
            await ready(pilot)
            await pilot.press("slash", *"where", "enter")
            await until(pilot, shows(pilot.app, "intent 76"))
            assert "intent 00" not in screen_text(pilot.app)
            for _ in range(12):
                await pilot.press("pagedown")
            await until(pilot, shows(pilot.app, "intent 00"))


def test_bars_are_exact_to_an_eighth() -> None:
    assert bar(0.0, 4) == ""
    assert bar(1.0, 4) == "████"
    assert bar(0.5, 4) == "██"
    assert [bar(eighths / 8, 1) for eighths in range(1, 9)] == list("▏▎▍▌▋▊▉█")
    assert bar(2.0, 4) == "████"


@pytest.mark.parametrize("width", [30, 56, 76, 116, 200])
@pytest.mark.parametrize("count", [2, 3, 6, 77])
def test_scores_fit_their_width(width: int, count: int) -> None:
    ranked = [(f"a label with a long name 映画 {number}", 1 / (number + 1)) for number in range(count)]
    lines = score_rows(ranked, width).split("\n")
    assert all(line.cell_length <= width for line in lines)
    assert sum(line.plain.count("0.") + line.plain.count("1.00") for line in lines) == count
