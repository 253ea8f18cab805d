"""Snapshots of the watch screen. Update them after an intended change: pytest tests/tui --snapshot-update."""

from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_run import FakeEngine, ScriptedRun, evaluation, plan
from textual.pilot import Pilot
from watch_app import WatchApp, ready, shows, until

from core.runs.events import Acknowledged, Blocked, Stage
from tui.following.machine import Gpu

Compare = Callable[..., bool]
WIDE, SMALL, TINY = (120, 36), (80, 24), (50, 12)
GPU = Gpu("NVIDIA H100 80GB HBM3", 0.87, 12 << 30, 80 << 30, 61.0, 412.0)
SIX = ["abbreviation", "description", "entity", "human", "location", "number"]


async def settled(pilot: Pilot[str]) -> None:
    await ready(pilot)
    await pilot.pause()


def trained(folder: Path, steps: int, labels: list[str] | None = None) -> ScriptedRun:
    run = ScriptedRun(folder)
    run.begin(plan(labels))
    run.train(steps, plan(labels))
    return run


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
@pytest.mark.parametrize(
    "state", ["starting", "training", "paused", "no_disk_space", "failed", "interrupted", "early_stopped"]
)
def test_states(tmp_path: Path, snap_compare: Compare, state: str, size: tuple[int, int]) -> None:
    if state == "starting":
        run = ScriptedRun(tmp_path)
        run.write(Stage(name="loading model"))
    else:
        run = trained(tmp_path, 240)
    if state == "paused":
        run.write(Acknowledged(id="x", name="pause", step=240))
    if state == "no_disk_space":
        reason, what = "No space left on device", "the checkpoint of step 240"
        run.write(Blocked(what=what, reason=reason, folder="/runs/a", needed=5 << 30, seconds=3600))
    if state == "failed":
        run.log("Traceback (most recent call last):", "OutOfMemoryError: CUDA out of memory")
        run.end("failed", 240, error="the GPU ran out of memory; try a smaller train_batch_size")
    if state == "early_stopped":
        run.write(evaluation(220, "test"))
        run.end("early_stopped", 240, 220)
    app = WatchApp(run, FakeEngine())
    if state in ("starting", "training", "paused", "no_disk_space"):
        with run.alive():
            assert snap_compare(app, terminal_size=size, run_before=settled)
    else:
        assert snap_compare(app, terminal_size=size, run_before=settled)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
def test_prediction_of_six_labels(tmp_path: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    run = trained(tmp_path, 240, SIX)

    async def classified(pilot: Pilot[str]) -> None:
        await ready(pilot)
        await pilot.press("slash", *"who wrote it", "enter")
        await until(pilot, shows(pilot.app, "14 tokens"))
        await pilot.press("escape")
        await pilot.pause()

    with run.alive():
        app = WatchApp(run, FakeEngine(SIX), gpus=(GPU,))
        assert snap_compare(app, terminal_size=size, run_before=classified)


@pytest.mark.parametrize(("key", "size"), [("question_mark", SMALL), ("q", SMALL), ("l", WIDE), ("4", SMALL)])
def test_what_keys_open(tmp_path: Path, snap_compare: Compare, key: str, size: tuple[int, int]) -> None:
    run = trained(tmp_path, 240)
    run.log("Loading weights: 100%", "[bold]text as it is[/bold] \x1b[31m")

    async def opened(pilot: Pilot[str]) -> None:
        await ready(pilot)
        await pilot.press(key)
        await pilot.pause()

    with run.alive():
        app = WatchApp(run, FakeEngine(), gpus=(GPU,))
        assert snap_compare(app, terminal_size=size, run_before=opened)


def test_too_small(tmp_path: Path, snap_compare: Compare) -> None:
    run = trained(tmp_path, 240)
    app = WatchApp(run, FakeEngine())

    async def read(pilot: Pilot[str]) -> None:
        await until(pilot, lambda: app.watch.follower.is_ready)
        await pilot.pause()

    assert snap_compare(app, terminal_size=TINY, run_before=read)
