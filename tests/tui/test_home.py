"""The list of runs: its content and its keys, by keyboard only."""

from pathlib import Path

import pytest
from sample_runs import make_many, make_run
from textual.pilot import Pilot
from watch_app import until

from core.files import lock
from core.runs.directory import RunDirectory
from core.runs.events import RunEnded
from tui.app import BertclsApp
from tui.screens.dialogs.questions import ConfirmScreen
from tui.screens.home import HomeScreen

RUNS = Path("runs")


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def watched(monkeypatch) -> list[str]:
    """The names of the opened runs. Replaces the watch screen."""
    names: list[str] = []
    monkeypatch.setattr(BertclsApp, "watch_run", lambda app, run: names.append(run.name))
    return names


@pytest.fixture
def launched(monkeypatch) -> list[tuple[str, bool]]:
    """The launched runs, and whether they are resumed. Replaces launching."""
    calls: list[tuple[str, bool]] = []

    def launch(run: RunDirectory, *, resume: bool = False) -> None:
        calls.append((run.name, resume))

    monkeypatch.setattr("core.runs.launch.launch", launch)
    return calls


def home(pilot: Pilot[str]) -> HomeScreen:
    screen = pilot.app.screen
    assert isinstance(screen, HomeScreen)
    return screen


async def listed(pilot: Pilot[str]) -> None:
    await until(pilot, lambda: home(pilot).chosen is not None)


def snapshot_ready(pilot: Pilot[str]):
    return until(pilot, lambda: "reading" not in str(home(pilot).query_one("#welcome").render()))


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["120x36", "80x24"])
def test_a_first_screen_without_runs(snap_compare, size):
    assert snap_compare(BertclsApp(RUNS), terminal_size=size, run_before=snapshot_ready)


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (50, 12)], ids=["120x36", "80x24", "50x12"])
def test_runs_in_many_states(snap_compare, size):
    make_many(RUNS)
    assert snap_compare(BertclsApp(RUNS), terminal_size=size, run_before=listed)


async def test_the_model_is_named_at_80_columns():
    make_run(RUNS, "one", age=30, step=10, best=0.912)
    async with BertclsApp(RUNS).run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        table = home(pilot).query_one("RunTable")
        columns = [str(column.label) for column in table.ordered_columns]
        assert columns == ["run", "model", "state", "validation", "when"]
        cells = [str(cell) for cell in table.get_row_at(0)]
        assert (cells[1], cells[3]) == ("minilm", "acc 0.912")
        assert table.virtual_size.width <= 80


async def test_the_newest_is_first_and_enter_watches_it(watched):
    make_run(RUNS, "old", age=900, step=10)
    make_run(RUNS, "new", age=30, step=10)
    async with BertclsApp(RUNS).run_test() as pilot:
        await listed(pilot)
        await pilot.press("enter")
        await pilot.press("down", "a")
        assert watched == ["new", "old"]


async def test_v_opens_the_evaluation_from_the_list_and_the_watch_screen(monkeypatch):
    evaluated: list[str] = []
    monkeypatch.setattr(BertclsApp, "evaluate_run", lambda app, run: evaluated.append(run.name))
    run = make_run(RUNS, "one", age=30, step=10)
    async with BertclsApp(RUNS).run_test() as pilot:
        await listed(pilot)
        await pilot.press("v")
        assert evaluated == ["one"]
    async with BertclsApp(RUNS, run=run).run_test() as pilot:
        await pilot.press("v")
        assert evaluated == ["one", "one"]


async def test_the_cursor_stays_on_its_run_when_a_newer_run_appears():
    make_run(RUNS, "one", age=900, step=10)
    async with BertclsApp(RUNS).run_test() as pilot:
        await listed(pilot)
        make_run(RUNS, "two", age=10, step=10)
        table = home(pilot).query_one("RunTable")
        await until(pilot, lambda: table.row_count == 2)
        assert home(pilot).chosen.name == "one"


async def test_an_interrupted_run_is_resumed_and_watched(watched, launched):
    make_run(RUNS, "cut-off", age=900, step=10)
    async with BertclsApp(RUNS).run_test() as pilot:
        await listed(pilot)
        assert home(pilot).chosen.state == "interrupted"
        await pilot.press("r")
        assert launched == [("cut-off", True)]
        assert watched == ["cut-off"]


async def test_a_finished_run_cannot_be_resumed(watched, launched):
    make_run(RUNS, "done", age=900, step=300, best=0.9, ended=RunEnded(reason="finished"))
    async with BertclsApp(RUNS).run_test() as pilot:
        await listed(pilot)
        await pilot.press("r")
        assert launched == watched == []


@pytest.mark.parametrize("refusal", ["n", "escape", "enter"])
async def test_deleting_asks_for_confirmation(refusal):
    run = make_run(RUNS, "precious", age=900, step=10)
    async with BertclsApp(RUNS).run_test() as pilot:
        await listed(pilot)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press(refusal)
        await until(pilot, lambda: isinstance(pilot.app.screen, HomeScreen))
        assert run.path.is_dir()


@pytest.mark.parametrize("agreement", [["y"], ["right", "enter"]], ids=["y", "button"])
async def test_a_run_is_deleted_after_confirmation(agreement):
    run = make_run(RUNS, "in-the-way", age=900, step=10)
    async with BertclsApp(RUNS).run_test() as pilot:
        await listed(pilot)
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        said = " ".join(str(label.render()) for label in pilot.app.screen.query("Label"))
        assert "in-the-way" in said
        assert "KiB" in said
        await pilot.press(*agreement)
        await until(pilot, lambda: not run.path.exists())
        await until(pilot, lambda: home(pilot).chosen is None)


async def test_a_run_in_training_is_not_deleted():
    run = make_run(RUNS, "busy", age=900, step=10)
    with lock.hold(run.lock):
        async with BertclsApp(RUNS).run_test() as pilot:
            await listed(pilot)
            assert home(pilot).chosen.state == "training"
            await pilot.press("x")
            await until(pilot, lambda: bool(pilot.app._notifications))
            assert [note.message for note in pilot.app._notifications] == [
                "busy: this run is still training. Stop it first."
            ]
    assert run.path.is_dir()


async def test_markup_in_texts_of_a_run_is_shown_as_text(tmp_path):
    error = "[red]label[/red] \x1b[31mof line 3[/]"
    make_run(RUNS, "bad", age=900, step=1, ended=RunEnded(reason="failed", error=error))
    async with BertclsApp(RUNS).run_test() as pilot:
        await listed(pilot)
        assert "[red]label[/red] ␛[31mof line 3[/]" in str(home(pilot).query_one("#details").render())


async def test_the_focus_returns_after_the_terminal_was_too_small():
    make_run(RUNS, "one", age=900, step=10)
    make_run(RUNS, "two", age=910, step=10)
    async with BertclsApp(RUNS).run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        await pilot.resize_terminal(50, 12)
        assert home(pilot).query_one("#too-small").display
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: home(pilot).focused is not None)
        await pilot.press("down")
        assert home(pilot).chosen.name == "two"


async def test_q_quits_a_terminal_that_is_too_small():
    async with BertclsApp(RUNS).run_test(size=(40, 10)) as pilot:
        await pilot.press("q")
        assert not pilot.app.is_running or pilot.app._exit
