"""The application around the screens: start, palette, help, engines, leaving."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from sample_runs import make_many, make_run
from textual.pilot import Pilot
from watch_app import until

from core.protocol import Diagnose, Predict
from core.runs.events import RunEnded
from tui.app import BertclsApp
from tui.engine.client import Engine, EngineFault
from tui.screens.help import HelpScreen
from tui.screens.home import HomeScreen
from tui.screens.watch import WatchScreen
from tui.terminal import TERMINATED

RUNS = Path("runs")
SERVICE = (sys.executable, str(Path(__file__).with_name("fake_service.py")))


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def finished_run(name: str):
    return make_run(RUNS, name, age=900, step=300, best=0.9, ended=RunEnded(reason="finished"))


async def run_command(pilot: Pilot[str], words: str) -> None:
    """Choose the first command of the palette that matches `words`."""
    await pilot.press("ctrl+p")
    await pilot.press(*words)
    options = pilot.app.screen.query_one("CommandList")
    await until(pilot, lambda: options.highlighted is not None)
    await pilot.press("enter")


def test_the_first_screen_imports_no_heavy_libraries():
    code = """
import sys, tui.app, tui.screens.home
heavy = {"torch", "transformers", "datasets", "pydantic", "numpy", "textual.widgets._data_table"}
print(*sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


async def test_the_app_opens_the_requested_run():
    run = finished_run("mine")
    async with BertclsApp(RUNS, run=run).run_test() as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, WatchScreen))
        assert pilot.app.screen.run == run


async def test_enter_watches_a_run_and_escape_returns():
    finished_run("mine")
    async with BertclsApp(RUNS).run_test() as pilot:
        await until(pilot, lambda: pilot.app.screen.chosen is not None)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, WatchScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, HomeScreen))


async def test_the_palette_opens_a_run_by_name():
    finished_run("first")
    finished_run("second")
    async with BertclsApp(RUNS).run_test() as pilot:
        await run_command(pilot, "attach sec")
        await until(pilot, lambda: isinstance(pilot.app.screen, WatchScreen))
        assert pilot.app.screen.run.name == "second"


@pytest.mark.parametrize("start_with_run", [True, False])
async def test_the_palette_opens_the_home_screen(start_with_run):
    run = finished_run("mine")
    app = BertclsApp(RUNS, run=run if start_with_run else None)
    async with app.run_test() as pilot:
        if not start_with_run:
            app.watch_run(run)
        await until(pilot, lambda: isinstance(app.screen, WatchScreen))
        await run_command(pilot, "home")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_help_lists_the_keys_of_the_screen():
    async with BertclsApp(RUNS).run_test() as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        said = " ".join(str(widget.render()) for widget in pilot.app.screen.query("Static"))
        assert "delete the run with all its files" in said
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, HomeScreen)


async def test_the_engines_end_with_the_app(monkeypatch):
    monkeypatch.setattr("tui.engine.client.Engine", partial(Engine, SERVICE))
    async with BertclsApp(RUNS).run_test() as pilot:
        app = pilot.app
        assert app.engine is not app.predictor
        pids = [int((await engine.ask(Diagnose())).items[0].value) for engine in (app.engine, app.predictor)]
        await pilot.press("q")
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_fault_of_the_engine_does_not_end_the_app(monkeypatch):
    monkeypatch.setattr("tui.engine.client.Engine", partial(Engine, SERVICE))
    async with BertclsApp(RUNS).run_test() as pilot:
        with pytest.raises(EngineFault):
            await pilot.app.engine.ask(Predict("run", ["die"], "best"))
        assert (await pilot.app.engine.ask(Diagnose())).items


async def test_sigterm_exits_the_app_with_its_exit_code():
    async with BertclsApp(RUNS).run_test() as pilot:
        os.kill(os.getpid(), signal.SIGTERM)
        await until(pilot, lambda: not pilot.app.is_running or pilot.app._exit)
        assert pilot.app.return_code == TERMINATED


def test_without_colour_everything_is_still_told(snap_compare, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    make_many(RUNS)

    async def listed(pilot: Pilot[str]) -> None:
        await until(pilot, lambda: pilot.app.screen.chosen is not None)

    assert snap_compare(BertclsApp(RUNS), terminal_size=(80, 24), run_before=listed)
