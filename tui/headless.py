"""Follow a run without a screen: a readable line for each evaluation, and a progress bar on a terminal."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from core.runs.commands import post
from core.runs.directory import RunDirectory
from core.runs.events import (
    AnyEvent,
    Evaluation,
    EventFollower,
    RunEnded,
    RunStarted,
    Stage,
    Stopping,
    Warned,
)
from core.runs.history import History
from tui import format, narration
from tui.exits import DONE, FAILED, INTERRUPTED, NOTHING_STARTED, complain
from tui.plain import plain

_POLL_SECONDS = 0.2


class Follower:
    """Prints what happens in a run until it ends.

    Args:
        run: the run.
        process: its trainer, when this process started it. Then Ctrl-C stops the run: the first one after the
            step, with a checkpoint, the second at once. Else Ctrl-C only ends the following.
        seen: so many events happened before and are not printed.
    """

    def __init__(
        self, run: RunDirectory, process: subprocess.Popen[bytes] | None = None, *, seen: int = 0
    ) -> None:
        self._run = run
        self._process = process
        self._seen = seen
        self._events = EventFollower(run.events)
        self._interrupts = 0
        self._answered = 0
        self.history = History()

    def follow(self, *, until_started: bool = False) -> int:
        """Print until the run ends, or has begun; return the exit code."""
        with _Bar() as bar, self._counting_interrupts():
            while True:
                alive = self._is_alive()
                for event in self._events.read():
                    self.history.apply(event)
                    if self.history.count > self._seen:
                        self._tell(event, bar)
                bar.show(self.history)
                if until_started and self._has_started:
                    return DONE
                if self._has_ended or not alive:
                    break
                if self._interrupts > self._answered and not self._interrupt():
                    return INTERRUPTED
                time.sleep(_POLL_SECONDS)
        return self._exit_code()

    @property
    def _has_started(self) -> bool:
        started = self.history.started
        return started is not None and started.seq > self._seen

    @property
    def _has_ended(self) -> bool:
        """The last word was said, and the trainer has let go of the run."""
        return self.history.ended is not None and self.history.ended.seq > self._seen and not self._is_alive()

    def _is_alive(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return self._run.is_alive

    def _tell(self, event: AnyEvent, bar: "_Bar") -> None:
        match event:
            case Stage(name=name):
                bar.stage(name)
            case RunStarted():
                bar.print(*narration.beginning(self._run.name, event))
            case Warned(message=message):
                bar.print(f"warning: {message}")
            case Stopping() if self.history.evaluations:
                if self.history.evaluations[-1].step == event.step:
                    bar.print(narration.evaluation(self.history))
            case Evaluation(split="test"):
                bar.print(narration.test(event))
            case RunEnded(reason=reason) if reason not in ("refused", "failed"):
                bar.print(*narration.ending(self._run, event))

    def _interrupt(self) -> bool:
        """Answer Ctrl-C; return whether to go on following."""
        self._answered += 1
        if self._process is None:
            return False
        if not self._has_started or self._answered > 1:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            return False
        post(self._run.commands, "stop")
        complain("Stopping after this step, with a checkpoint. Ctrl-C again stops at once.", INTERRUPTED)
        return True

    @contextlib.contextmanager
    def _counting_interrupts(self) -> Iterator[None]:
        def count(number: int, frame: FrameType | None) -> None:
            self._interrupts += 1

        before = signal.signal(signal.SIGINT, count)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _exit_code(self) -> int:
        ended = self.history.ended
        if ended is None or ended.seq <= self._seen:
            return complain(narration.death(self._run), FAILED)
        if ended.reason == "refused":
            return complain(ended.error, NOTHING_STARTED)
        if ended.reason == "failed":
            reason = f"The run failed at step {ended.step}: {ended.error} The log is {self._run.log}."
            return complain(reason, FAILED)
        return INTERRUPTED if self._interrupts else DONE


class _Bar:
    """Lines on standard output and, when standard error is a terminal, a progress bar there."""

    def __init__(self) -> None:
        self._out = Console(markup=False, highlight=False, soft_wrap=True)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        if sys.stderr.isatty():
            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[figures]}", markup=False),
                console=Console(stderr=True),
                transient=True,
                redirect_stdout=sys.stdout.isatty(),
            )

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
            self._task = self._progress.add_task("starting", total=None, figures="")
        return self

    def __exit__(self, *exception: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def print(self, *lines: str) -> None:
        """Print lines of text as they are."""
        for line in lines:
            self._out.print(plain(line))

    def stage(self, name: str) -> None:
        """Say what the trainer is busy with."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=plain(name))

    def show(self, history: History) -> None:
        """Show how far the run has come."""
        if self._progress is None or self._task is None or history.plan is None or history.last_step is None:
            return
        self._progress.update(
            self._task,
            description=plain(history.stage),
            completed=history.step,
            total=history.plan.max_steps,
            figures=f"loss {format.score(history.last_step.loss)} · "
            f"ETA {format.duration(history.seconds_left)}",
        )
