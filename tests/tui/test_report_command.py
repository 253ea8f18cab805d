"""The palette writes a report on the current run and shows its path."""

from pathlib import Path
from typing import Any

from sample_runs import make_run
from test_app import run_command
from watch_app import until

from core.problems import Problem
from core.protocol import Request, WriteReport
from core.reports.writing import write_report
from core.runs.directory import RunDirectory
from core.runs.events import RunEnded
from tui.app import BertclsApp
from tui.screens.watch import WatchScreen


class Writer:
    """A stand-in engine that writes reports in this process, or raises `failure` if it is set."""

    failure: Problem | None = None

    async def ask(self, request: Request[Any]) -> Any:
        assert isinstance(request, WriteReport)
        if self.failure is not None:
            raise self.failure
        return write_report(RunDirectory(Path(request.run)))


def notifications(app: BertclsApp) -> str:
    return " ".join(notification.message for notification in app._notifications)


async def test_a_report_on_the_watched_run(tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine", age=900, step=300, best=0.9, ended=RunEnded(reason="finished"))
    app = BertclsApp(tmp_path, run=run)
    app.engine = Writer()
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, WatchScreen))
        await run_command(pilot, "report")
        await until(pilot, lambda: str(run.reports / "mine.html") in notifications(app))
        assert "validation accuracy 0.900" in notifications(app)
    assert (run.reports / "mine.md").is_file()


async def test_a_report_on_the_selected_run_in_the_list(tmp_path: Path) -> None:
    make_run(tmp_path, "mine", age=900, step=300, best=0.9, ended=RunEnded(reason="finished"))
    app = BertclsApp(tmp_path)
    app.engine = Writer()
    app.engine.failure = Problem("the report cannot be written (No space left on device)", where="mine.md")
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.chosen is not None)
        await run_command(pilot, "report")
        await until(pilot, lambda: "mine.md: the report cannot be written" in notifications(app))
