"""Pinned texts: their curves and current probabilities, from the files of the run."""

from pathlib import Path

import pytest
from scripted_run import FakeEngine, ScriptedRun, plan
from watch_app import WatchApp, ready, screen_text, shows, until

from core.runs import probes
from core.runs.events import Checkpoint, Probed
from tui.screens.watch_keys import VIEWS
from tui.widgets.screen_frame import ViewBar

WIDE, SMALL = (120, 36), (80, 24)


@pytest.fixture
def run(tmp_path: Path) -> ScriptedRun:
    run = ScriptedRun(tmp_path)
    run.begin(plan())
    run.train(240, plan())
    return run


def probed(step: int, **values: float) -> Probed:
    return Probed(
        step=step, probabilities={probes.key_of(text): [1 - value, value] for text, value in values.items()}
    )


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_text_is_pinned_and_gets_a_curve(run: ScriptedRun, size: tuple[int, int]) -> None:
    with run.alive():
        async with WatchApp(run, FakeEngine()).run_test(size=size) as pilot:
            await ready(pilot)
            await pilot.press("7")
            await until(pilot, shows(pilot.app, "no pinned texts"))
            await pilot.press("slash", "ctrl+n")
            await until(pilot, shows(pilot.app, "type a text first"))
            await pilot.press(*"fine", "enter")
            await until(pilot, shows(pilot.app, "0.66"))
            await pilot.press("ctrl+n")
            await until(pilot, shows(pilot.app, "try it · best @220 · pinned", "pinned: the probes view"))
            assert probes.read(run.directory.path) == ["fine"]
            await pilot.press("escape", "7")
            # The shown answer is the first point.
            await until(
                pilot, shows(pilot.app, "›● 0.66       positive", "fine", "probability of the predicted")
            )
            run.write(probed(260, fine=0.9), Checkpoint(step=260, is_best=False, bytes=1, seconds=0.1))
            await until(pilot, shows(pilot.app, "›● 0.90 +0.24 positive"))
            chart = (
                screen_text(pilot.app).split("pinned texts")[0] if size == SMALL else screen_text(pilot.app)
            )
            assert chart.count("●") >= 2
            await pilot.press("right")
            await until(pilot, shows(pilot.app, "probability of negative", "›● 0.10 −0.24 negative"))
            await pilot.press("left", "u")
            await until(pilot, shows(pilot.app, "no pinned texts"))
    assert probes.read(run.directory.path) == []


async def test_the_same_key_removes_the_pin(run: ScriptedRun) -> None:
    async with WatchApp(run, FakeEngine()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("slash", *"fine", "enter")
        await until(pilot, shows(pilot.app, "0.66"))
        await pilot.press("ctrl+n", "ctrl+n")
        await until(pilot, shows(pilot.app, "unpinned"))
        assert "· pinned" not in screen_text(pilot.app)
    assert probes.read(run.directory.path) == []


@pytest.mark.parametrize("size", [WIDE, SMALL, (60, 15)])
async def test_the_largest_number_of_pinned_texts_has_distinct_markers(
    run: ScriptedRun, size: tuple[int, int]
) -> None:
    texts = [f"text number {number}" for number in range(probes.MOST)]
    probes.pin(run.directory.path, texts)
    for step in (20, 40):
        run.write(
            Probed(
                step=step,
                probabilities={
                    probes.key_of(text): [1 - share, share]
                    for text, share in zip(texts, [(step + number) / 60 for number in range(8)], strict=True)
                },
            )
        )
    async with WatchApp(run, FakeEngine()).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("7")
        await until(
            pilot, shows(pilot.app, "text number 0", "[7 probes]" if size != WIDE else "pinned texts")
        )
        if size != (60, 15):
            assert all(marker in screen_text(pilot.app) for marker in "●◆■▲○◇□△")
        await pilot.press("up")
        await until(pilot, shows(pilot.app, "›△"))
        await pilot.press("u")
        await until(pilot, lambda: probes.read(run.directory.path) == texts[:-1])
        # One more text fits after one was removed, but not two.
        probes.pin(run.directory.path, ["another"])
        await pilot.press("slash", *"fine", "enter")
        await until(pilot, shows(pilot.app, "0.66"))
        await pilot.press("ctrl+n")
        await until(pilot, shows(pilot.app, "At most 8 texts can be pinned."))


def test_the_view_bar_fits_the_smallest_screen() -> None:
    for view in VIEWS:
        bar = ViewBar(VIEWS)
        bar.show(view)
        bar.mark("run", 3)
        lengths = [bar._line(letters).cell_length for letters in (None, 4, 1)]
        assert lengths[0] <= 80
        assert min(lengths) <= 60
