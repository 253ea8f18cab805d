"""Helpers for the tests of the form for a new run: the application, and waiting for the form."""

from pathlib import Path

from fake_engine import FakeEngine
from textual.pilot import Pilot
from textual.widgets import Input
from watch_app import until

from core.config import RunConfig
from tui.app import BertclsApp
from tui.screens.new_run import NewRunScreen
from tui.widgets.config_form import FieldRow

RUNS = Path("runs")


def application(engine: FakeEngine | None = None, config: RunConfig | None = None) -> BertclsApp:
    app = BertclsApp(RUNS, new_run=config)
    app.engine = engine or FakeEngine()
    return app


def text(pilot: Pilot[str], selector: str) -> str:
    return str(pilot.app.screen.query_one(selector).render())


def row(pilot: Pilot[str], path: str) -> FieldRow:
    """The form row of the field `path`."""
    return next(row for row in pilot.app.screen.query(FieldRow) if row.path == path)


async def opened(pilot: Pilot[str]) -> None:
    await pilot.press("n")
    await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen))
    await until(pilot, lambda: isinstance(pilot.app.focused, Input))


async def planned(pilot: Pilot[str]) -> None:
    await until(pilot, lambda: "ready" in text(pilot, "#state"))
