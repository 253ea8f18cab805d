"""The content of the watch screen."""

from pathlib import Path

import pytest
from scripted_run import FakeEngine, ScriptedRun, evaluation, plan
from textual.widgets import Log
from watch_app import WatchApp, ready, screen_text, shows, until

from core.runs.events import Stage, Warned
from tui.following.machine import Gpu
from tui.screens import command_sender
from tui.widgets.charts.line_chart import LineChart

WIDE, SMALL = (120, 36), (80, 24)


@pytest.fixture
def run(tmp_path: Path) -> ScriptedRun:
    return ScriptedRun(tmp_path)


def trained(run: ScriptedRun, steps: int = 240) -> ScriptedRun:
    run.begin(plan())
    run.train(steps, plan())
    return run


async def test_the_wide_screen_shows_everything_together(run: ScriptedRun) -> None:
    trained(run).write(evaluation(200, "test"))
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            shown = screen_text(pilot.app)
    for words in (
        "bertcls  reviews-minilm · training · step 240/300 · epoch 3.53 · ETA 15s · 41 texts/s",
        "cpu (AMD EPYC)",
        "best 0.906 at step 220",
        "■□□□□  1 of 5",
        "the run ends first, at step 300",
        "validation, n=60 @240",
        "test, n=200 @200",
        "0.855–0.945",
        "2 labels · 540/60/200 rows",
        "97 % of 2 cores",
        "try it · best @220",
        "▲",
        "? help  p pause  s stop  e evaluate now  c checkpoint  a adjust  / try text  v evaluation",
    ):
        assert words in shown


async def test_the_screen_says_when_early_stopping_would_act(run: ScriptedRun) -> None:
    patient = plan(max_steps=3000)
    run.begin(patient)
    run.train(240, patient)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            assert "stops at step 320 unless accuracy > 0.906" in screen_text(pilot.app)


async def test_the_curve_grows_during_training(run: ScriptedRun) -> None:
    trained(run, 100)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            run.train(140, plan(), first=101)
            await until(pilot, shows(pilot.app, "step 140/300", "try it · best @140"))


@pytest.mark.parametrize("size", [SMALL, (60, 15), (70, 40), (110, 20)])
async def test_every_view_of_the_small_screen_shows_the_status(
    run: ScriptedRun, size: tuple[int, int]
) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=size) as pilot:
            await ready(pilot)
            for key in ("1", "2", "3", "4", "5", "6"):
                await pilot.press("escape", key)
                await pilot.pause()
                line = screen_text(pilot.app).splitlines()[0]
                for words in ("training", "240/300", "train ", "0.191", "1/5", "ETA 18s"):
                    assert words in line
            assert "q quit" in screen_text(pilot.app).splitlines()[-1]


async def test_the_small_screen_shows_one_view_at_a_time(run: ScriptedRun) -> None:
    trained(run).log("a line of the log")
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=SMALL) as pilot:
            await ready(pilot)
            assert "smoothed" in screen_text(pilot.app)
            for key, words in (
                ("m", "macro F1"),
                ("2", "eval accuracy"),
                ("3", "learning rate"),
                ("4", "of 2 cores"),
                ("5", "a line of the log"),
                ("1", "macro F1"),
                ("m", "smoothed"),
                ("l", "a line of the log"),
                ("l", "smoothed"),
                ("6", "try it"),
            ):
                await pilot.press(key)
                await until(pilot, shows(pilot.app, words))


@pytest.mark.parametrize("size", [(59, 30), (100, 14), (20, 5)])
async def test_a_terminal_that_is_too_small_says_so_and_can_be_left(
    run: ScriptedRun, size: tuple[int, int]
) -> None:
    trained(run).end("failed", 240, error="out of memory")
    app = WatchApp(run, FakeEngine())
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.watch.follower.is_ready)
        await pilot.pause()
        shown = screen_text(app)
        assert "60×15" in shown
        assert "step" not in shown
        await pilot.press("q")
    assert app.return_value is not None


async def test_a_resize_changes_the_layout(run: ScriptedRun) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.resize_terminal(*SMALL)
            await until(pilot, shows(pilot.app, "patience 1/5", "[1 chart]"))
            await pilot.resize_terminal(*WIDE)
            await until(pilot, shows(pilot.app, "texts/s", "eval accuracy", "macro F1"))


async def test_before_training_the_screen_shows_the_stage_of_the_trainer(run: ScriptedRun) -> None:
    run.write(Stage(name="loading model"))
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            shown = screen_text(pilot.app)
            assert "starting: loading model" in shown
            assert "loading model…" in shown
            run.begin(plan())
            await until(pilot, shows(pilot.app, "training · step 0/300", "first checkpoint comes at step 20"))
            assert "the first evaluation is at step 20" in screen_text(pilot.app)


async def test_a_failed_run_shows_its_reason_and_the_last_log_lines(run: ScriptedRun) -> None:
    trained(run, 130).log("one", "Traceback", "OutOfMemoryError: [red]CUDA\x1b[0m")
    run.end("failed", 130, error="the GPU ran out of memory")
    for size in (WIDE, SMALL):
        async with WatchApp(run, FakeEngine()).run_test(size=size) as pilot:
            await ready(pilot)
            shown = screen_text(pilot.app)
            assert "failed: the GPU ran out of memory" in shown
            assert "OutOfMemoryError: [red]CUDA␛[0m" in shown


async def test_an_interrupted_run_says_how_to_continue(
    run: ScriptedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[object] = []
    monkeypatch.setattr(command_sender, "launch", lambda run, resume: launched.append((run, resume)))
    trained(run, 187)
    async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        assert "interrupted at step 187: continue with `bertcls-tui resume reviews-minilm`" in screen_text(
            pilot.app
        )
        assert "r resume run" in screen_text(pilot.app)
        await pilot.press("r")
        await until(pilot, shows(pilot.app, "resuming from the last checkpoint"))
    assert launched == [(run.directory, True)]


async def test_r_does_nothing_while_the_trainer_is_alive(
    run: ScriptedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_sender, "launch", lambda *_args, **_more: pytest.fail("launched twice"))
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("r")
            assert "resume run" not in screen_text(pilot.app)


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("finished", "finished"),
        ("early_stopped", "early stopped"),
        ("stopped", "stopped"),
        ("refused", "failed"),
    ],
)
async def test_an_ended_run_says_why(run: ScriptedRun, reason: str, state: str) -> None:
    trained(run, 300).end(reason, 300, 220)  # type: ignore[arg-type]
    async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        shown = screen_text(pilot.app)
        assert f"{state} at step 300, model @220" in shown
        assert f"· {state} · step 300/300" in shown
        assert "p pause" not in shown


async def test_warnings_are_shown(run: ScriptedRun) -> None:
    run.begin(plan(warnings=["patience can never be used up"]))
    run.write(Warned(message="the disk is nearly full"))
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            assert "! patience can never be used up" in screen_text(pilot.app)
            assert "! the disk is nearly full" in screen_text(pilot.app)
            assert "2 warnings (key 3)" in screen_text(pilot.app)
            assert "warning:" not in screen_text(pilot.app)
            run.write(Warned(message="the loss is not finite"))
            await until(pilot, shows(pilot.app, "warning: the loss is not finite", "3 warnings"))
            await pilot.resize_terminal(*SMALL)
            await until(pilot, shows(pilot.app, "3 run 3!", "warning: the loss is not finite"))


async def test_columns_are_shown_with_the_reason(run: ScriptedRun) -> None:
    run.begin(plan(text_column="review", label_column="[b]sentiment", column_reasons=["it has long texts"]))
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            for words in ("columns        text ← 'review'", "label ← '[b]sentiment'", "it has long texts"):
                assert words in screen_text(pilot.app)


async def test_figures_name_their_split(run: ScriptedRun) -> None:
    trained(run)
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            await ready(pilot)
            assert "train loss     0.191" in screen_text(pilot.app)
            assert "macro F1       0.875  validation" in screen_text(pilot.app)


async def test_many_gpus_scroll(run: ScriptedRun) -> None:
    trained(run)
    gpus = tuple(Gpu(f"GPU number {number}", 0.5, 1, 2, 60.0, 100.0) for number in range(8))
    with run.alive():
        for size in (WIDE, SMALL):
            async with WatchApp(run, FakeEngine(), gpus).run_test(size=size) as pilot:
                await ready(pilot)
                await pilot.press("4")
                await until(pilot, shows(pilot.app, "GPU number 0"))
                await pilot.press("end")
                await until(pilot, shows(pilot.app, "of 2 cores", "RAM"))


async def test_the_log_shows_plain_text_and_keeps_the_last_lines(run: ScriptedRun) -> None:
    trained(run).log(*[f"line {number}" for number in range(3000)], "[bold]not markup[/bold] \x1b[31m")
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
            screen = await ready(pilot)
            await pilot.press("l")
            await until(pilot, shows(pilot.app, "[bold]not markup[/bold] ␛[31m"))
            run.log("one more")
            await until(pilot, shows(pilot.app, "one more"))
            assert screen.query_one(Log).line_count <= 1000


async def test_markup_in_names_from_files_is_shown_as_text(run: ScriptedRun) -> None:
    evil = plan(labels=["[red]a[/red]", "\x1b[2Jb"], model="[link=x]m[/link]", warnings=["[/] \x9b2J"])
    run.begin(evil)
    run.train(240, evil)
    with run.alive():
        engine = FakeEngine(evil.labels)
        async with WatchApp(run, engine).run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("slash", *"hi", "enter")
            await until(
                pilot, shows(pilot.app, "[red]a[/red]", "␛[2Jb", "[link=x]m[/link]", "! [/] ⟨U+009B⟩2J")
            )


async def test_nothing_is_redrawn_without_changes(run: ScriptedRun) -> None:
    trained(run)
    with run.alive():
        app = WatchApp(run, FakeEngine())
        async with app.run_test(size=WIDE) as pilot:
            screen = await ready(pilot)
            chart = screen.query_one("#loss", LineChart)
            strips = chart._strips
            assert not await screen.follower.catch_up()
            await pilot.pause()
            assert chart._strips is strips
