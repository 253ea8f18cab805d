"""Follow a run without a screen: a readable line for each evaluation, and a progress bar on a terminal."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from itertools import chain
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from core.problems import Problem
from core.runs.commands import post
from core.runs.directory import RunDirectory
from core.runs.events import (
    AnyEvent,
    Blocked,
    Evaluation,
    EventFollower,
    Launched,
    MemoryShort,
    RolledBack,
    RunEnded,
    RunStarted,
    Stage,
    Stopping,
    Unblocked,
    Warned,
)
from core.runs.history import History
from core.runs.state import state_of, unresponsive_seconds
from core.text import format
from core.text.plain import plain
from tui.headless.interrupts import Interrupts
from tui.terminal import DONE, FAILED, INTERRUPTED, NOTHING_STARTED, report_error
from tui.wording import run as narration

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
        self._interrupts = Interrupts()
        # Of a trainer of ours nothing is told before its first word: another one may hold the run.
        self._is_told = process is None
        self._has_started = False
        self._evaluated = seen
        self._ended: RunEnded | None = None
        self._heard, self._heard_at = 0, time.monotonic()
        self._is_silent = False
        self.history = History()

    def follow(self, *, until_started: bool = False) -> int:
        """Print until the run ends, or has begun; return the exit code."""
        with _Bar() as bar, self._interrupts:
            while True:
                is_at_work = self._is_at_work()
                for event in chain.from_iterable(self._events.pieces()):
                    self.history.apply(event)
                    if self._is_news(event):
                        self._tell(event, bar)
                if self._is_told:
                    self._tell_silence(bar, is_at_work=is_at_work)
                    bar.show(self.history)
                if until_started and self._has_started:
                    return DONE
                if not is_at_work:
                    break
                if self._interrupts.count > self._interrupts.answered and not self._interrupt():
                    return INTERRUPTED
                time.sleep(_POLL_SECONDS)
        return self._exit_code()

    def _tell_silence(self, bar: "_Bar", *, is_at_work: bool) -> None:
        """Say when the trainer gives no sign for long, and when it does again."""
        if self.history.count != self._heard:
            self._heard, self._heard_at = self.history.count, time.monotonic()
        state = state_of(self.history, is_alive=is_at_work)
        quiet = unresponsive_seconds(self.history, state, time.monotonic() - self._heard_at)
        if (quiet is not None) != self._is_silent:
            self._is_silent = quiet is not None
            bar.print(narration.silent(quiet))

    def _is_at_work(self) -> bool:
        """Whether the trainer lives, or was just launched and may still take the lock."""
        if self._process is not None:
            return self._process.poll() is None
        return self._run.is_launching or self._run.is_alive

    def _is_news(self, event: AnyEvent) -> bool:
        if self._process is not None and isinstance(event, Launched):
            self._is_told = event.pid == self._process.pid
        return self._is_told and self.history.count > self._seen

    def _tell(self, event: AnyEvent, bar: "_Bar") -> None:
        match event:
            case Launched():
                self._has_started, self._ended = False, None
            case Stage(name=name):
                bar.stage(name)
            case RunStarted():
                if not self._has_started:  # else it was rolled back, which was told
                    bar.print(*narration.beginning(self._run.name, event, self.history.plan or event.plan))
                self._has_started = True
            case RolledBack():
                bar.print(narration.warning(narration.rolled_back(event)))
            case MemoryShort():
                bar.print(narration.warning(narration.memory_short(event)))
            case Warned(message=message) if not self._is_of_the_plan(message):
                bar.print(narration.warning(message))
            case Stopping(step=step) if self.history.evaluations and self.history.plan:
                newest = self.history.evaluations[-1]
                if newest.step == step and newest.seq > self._evaluated:
                    self._evaluated = newest.seq  # a resumed run says again how early stopping stands
                    bar.print(narration.evaluation(self.history))
            case Evaluation(split="test"):
                bar.print(narration.test(event))
            case Blocked():
                bar.print(narration.blocked(event))
            case Unblocked():
                bar.print(narration.unblocked(event))
            case RunEnded():
                self._ended = event
                if event.reason not in ("refused", "failed"):
                    bar.print(*narration.ending(self._run, event))

    def _is_of_the_plan(self, warning: str) -> bool:
        """Whether a warning was told already: who only waits for the beginning would miss it here."""
        return self.history.plan is not None and warning in self.history.plan.warnings

    def _interrupt(self) -> bool:
        """Answer Ctrl-C; return whether to go on following."""
        self._interrupts.answered += 1
        if self._process is None:
            return False
        if not self._has_started or self._interrupts.answered > 1:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            if not self._has_started:
                report_error(narration.NOTHING_BEGUN, INTERRUPTED)
            return False
        try:
            post(self._run.commands, "stop")
        except Problem as problem:
            report_error(f"{problem} Ctrl-C again stops at once.", INTERRUPTED)
            return True
        report_error(narration.stopping(self.history), INTERRUPTED)
        return True

    def _exit_code(self) -> int:
        ended = self._ended
        if not self._is_told:
            return report_error(narration.silence(self._run.name, self._run.log), NOTHING_STARTED)
        if ended is None:
            return report_error(narration.death(self._run.name, self._run.log), FAILED)
        if ended.reason == "refused":
            return report_error(ended.error, NOTHING_STARTED)
        if ended.reason == "failed":
            reason = f"The run failed at step {ended.step}: {ended.error} The log is {self._run.log}."
            return report_error(reason, FAILED)
        return INTERRUPTED if self._interrupts.count and ended.reason == "stopped" else DONE


class _Bar:
    """Lines on standard output and, when standard error is a terminal, a progress bar there."""

    def __init__(self) -> None:
        self._out = Console(markup=False, highlight=False)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        if sys.stderr.isatty():
            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[figures]}", markup=False),
                # On the same terminal the bar has to know of the lines, or they would be written into it.
                console=self._out if sys.stdout.isatty() else Console(stderr=True),
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
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
            self._out.print(plain(line), soft_wrap=True)

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
            figures=f"train loss {format.score(history.last_step.loss)} · "
            f"ETA {format.duration(history.seconds_left)}",
        )
