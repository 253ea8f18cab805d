"""Progress of `predict --file`: a bar in a terminal, else a line every half minute."""

import contextlib
import sys
import time
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from core.protocol import FilePredictions, PredictFile, ProgressReport
from core.text import format
from core.text.plain import plain
from tui.engine.blocking import ask
from tui.terminal import INTERRUPTED, report_error
from tui.wording import run as wording

_SECONDS_BETWEEN_LINES = 30.0


def predict_file(request: PredictFile) -> FilePredictions | None:
    """Have the engine service classify a file. None after Ctrl-C, which is reported on standard error.

    Raises:
        Problem: something that the person can mend.
        EngineFault: the engine failed.
    """
    found: FilePredictions | None = None
    with _ProgressDisplay() as shown, contextlib.suppress(KeyboardInterrupt):
        found = ask(request, on_progress=shown.show)
    if found is None:
        from core.prediction.partial_output import rows_kept

        report_error(wording.interrupted_file(rows_kept(Path(request.output))), INTERRUPTED)
    return found


class _ProgressDisplay:
    """Shows progress on standard error."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._first: tuple[float, int] | None = None
        self._printed_at = time.monotonic()
        if sys.stderr.isatty():
            self._progress = Progress(
                BarColumn(bar_width=24),
                TextColumn("{task.description}", markup=False),
                console=Console(stderr=True),
                transient=True,
                redirect_stdout=False,
            )

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
            self._task = self._progress.add_task("starting", total=None)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, report: ProgressReport) -> None:
        """Show one report of progress."""
        text = plain(report.message)
        if report.notable and self._progress is not None:
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
        if report.total:
            left = self._seconds_left(report)
            text = f"{format.percent(report.done / report.total)} · {text} · ETA {format.duration(left)}"
        if self._progress is not None and self._task is not None:
            # Without a total the bar moves back and forth.
            self._progress.update(
                self._task, description=text, completed=report.done, total=report.total or None
            )
        elif report.notable or self._is_time_for_a_line(report):
            self._printed_at = time.monotonic()
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()

    def _is_time_for_a_line(self, report: ProgressReport) -> bool:
        return report.total > 0 and time.monotonic() - self._printed_at >= _SECONDS_BETWEEN_LINES

    def _seconds_left(self, report: ProgressReport) -> float | None:
        """Estimate from the rows done since the first report; None before there are any."""
        now = time.monotonic()
        began, first = self._first = self._first or (now, report.done)
        if report.done <= first:
            return None
        return (now - began) * (report.total - report.done) / (report.done - first)
