"""Output: lines on standard output, and a progress bar on standard error if that is a terminal."""

import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from core.runs.history import History
from core.text import format
from core.text.plain import plain
from tui.terminal import INTERRUPTED, report_error


class Output:
    """Prints lines, and shows the bar from the first call of `stage` or `show` until the context ends."""

    def __init__(self) -> None:
        self._console = Console(markup=False, highlight=False)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        if sys.stderr.isatty():
            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[figures]}", markup=False),
                # On one terminal, lines must go through the console of the bar to stay out of it.
                console=self._console if sys.stdout.isatty() else Console(stderr=True),
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def print(self, *lines: str) -> None:
        """Print lines of text, unwrapped, with control characters made visible."""
        for line in lines:
            self._console.print(plain(line), soft_wrap=True)

    def answer(self, message: str) -> None:
        """Print the answer to Ctrl-C, above the bar or on standard error."""
        if self._progress is None or self._task is None:
            report_error(message, INTERRUPTED)
        else:
            self._progress.console.print(plain(f"bertcls-tui: {message}"), soft_wrap=True)

    def stage(self, name: str) -> None:
        """Show in the bar what the trainer is doing."""
        if self._progress is not None:
            self._progress.update(self._bar(self._progress), description=plain(name))

    def show(self, history: History) -> None:
        """Show in the bar how far a run has come."""
        if self._progress is None or history.plan is None or history.last_step is None:
            return
        self._progress.update(
            self._bar(self._progress),
            description=plain(history.stage),
            completed=history.step,
            total=history.plan.max_steps,
            figures=f"train loss {format.score(history.last_step.loss)} · "
            f"ETA {format.duration(history.seconds_left)}",
        )

    def _bar(self, progress: Progress) -> TaskID:
        if self._task is None:
            progress.start()
            self._task = progress.add_task("starting", total=None, figures="")
        return self._task
