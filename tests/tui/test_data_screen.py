"""The data screen: figures, findings, and the rows of a finding, by keyboard alone."""

from pathlib import Path

import pytest
from data_engine import FINDINGS, HOSTILE, DataEngine
from sample_runs import make_run
from textual.pilot import Pilot
from textual.widgets import DataTable, OptionList
from watch_app import screen_text, shows, until

from core.config import RunConfig, build_config
from core.protocol import CheckData, ReadRows
from core.text.plain import plain
from tui.app import BertclsApp
from tui.screens.data import DataScreen
from tui.screens.data_rows import AT_ONCE, DataRowsScreen
from tui.screens.new_run import NewRunScreen

RUNS = Path("runs")
SIZES = pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["120x36", "80x24"])


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def config(train: str = "reviews_train.csv") -> RunConfig:
    return build_config({"data": {"train": train}, "model": {"name": "minilm"}})


def application(engine: DataEngine | None = None, train: str = "reviews_train.csv") -> BertclsApp:
    app = BertclsApp(RUNS, data=config(train))
    app.engine = engine or DataEngine()
    return app


async def shown(pilot: Pilot[str]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, DataScreen))
    await until(pilot, lambda: pilot.app.screen.query_one(OptionList).option_count > 0)
    await pilot.pause()


async def opened(pilot: Pilot[str]) -> DataRowsScreen:
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, DataRowsScreen))
    screen = pilot.app.screen
    await until(pilot, lambda: screen.query_one(DataTable).row_count > 0)
    await pilot.pause()
    return screen


@SIZES
def test_the_data_screen(snap_compare, size):
    assert snap_compare(application(), terminal_size=size, run_before=shown)


@SIZES
def test_the_rows_of_a_finding(snap_compare, size):
    async def rows(pilot: Pilot[str]) -> None:
        await shown(pilot)
        await opened(pilot)

    assert snap_compare(application(), terminal_size=size, run_before=rows)


async def test_more_rows_are_read_as_the_cursor_moves_down():
    engine = DataEngine()
    async with application(engine).run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press("down", "down")
        assert FINDINGS[2].meaning in " ".join(screen_text(pilot.app).split())
        screen = await opened(pilot)
        table = screen.query_one(DataTable)
        assert table.row_count == AT_ONCE
        assert all(plain(line) in screen_text(pilot.app) for line in HOSTILE.split("\n"))
        await pilot.press("end")
        await until(pilot, lambda: table.row_count == 2 * AT_ONCE)
        await pilot.press("end")
        await until(pilot, lambda: table.row_count == 450)
        await pilot.press("end", "up")
        await until(pilot, shows(pilot.app, "text 448", "449 of 450", "train line 450"))
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, DataScreen)
    asked = [request.start for request in engine.asked if isinstance(request, ReadRows)]
    assert asked == [0, 200, 400]


async def test_e_searches_for_label_errors():
    engine = DataEngine()
    async with application(engine).run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await pilot.press("e")
        await until(pilot, lambda: pilot.app.screen.query_one(OptionList).option_count == 4)
        await pilot.pause()
        await opened(pilot)
        await until(pilot, shows(pilot.app, "negative 0.03", "positive [i] 0.97"))
    assert [each.label_errors for each in engine.asked if isinstance(each, CheckData)] == [False, True]


async def test_leaving_the_screen_cancels_the_request():
    engine = DataEngine(stuck=True)
    async with application(engine).run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(pilot.app, "looking at texts 4,096 of 50,000…"))
        await pilot.press("escape")
        await until(pilot, lambda: engine.cancelled)
        assert not isinstance(pilot.app.screen, DataScreen)


async def test_an_error_in_the_data_is_shown():
    async with application(train="bad.csv").run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(pilot.app, "bad.csv: there is no such file. Check the path."))
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, DataScreen)


async def test_the_data_screen_opens_from_the_form_and_the_list_of_runs(monkeypatch):
    make_run(RUNS, "reviews")
    opened_data: list[RunConfig] = []
    monkeypatch.setattr(BertclsApp, "open_data", lambda app, config: opened_data.append(config))
    app = BertclsApp(RUNS)
    app.engine = DataEngine()
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: getattr(pilot.app.screen, "chosen", None) is not None)
        await pilot.press("i")
        await until(pilot, lambda: len(opened_data) == 1)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen))
        await pilot.press("f2")
        await until(pilot, shows(pilot.app, "choose the training data first"))
    assert len(opened_data) == 1
