"""RunPrinter: prints a run, with a line for each evaluation."""

import contextlib
import os
import signal
import subprocess

from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, EventFollower, Launched, Stage
from tui.headless.follower import Follower, Interrupts
from tui.headless.lines import RunLines
from tui.headless.output import Output
from tui.terminal import DONE, FAILED, NOTHING_STARTED, report_error
from tui.wording import run as wording


class RunPrinter(Follower):
    """Prints what happens in a run until it ends."""

    def __init__(
        self,
        run: RunDirectory,
        process: subprocess.Popen[bytes] | None = None,
        interrupts: Interrupts | None = None,
    ) -> None:
        super().__init__(run, process, interrupts)
        self._run = run
        self._events = EventFollower(run.events)
        self._lines = RunLines(run)
        self._launched_by: int | None = None

    def skip(self) -> None:
        """Read what has happened so far without printing it."""
        for events in self._events.pieces():
            for event in events:
                self._lines.add(event)
        self._lines.has_started = False

    def print_news(self, output: Output, *, is_at_work: bool) -> None:
        """Print what has happened since the last call."""
        for events in self._events.pieces():
            for event in events:
                self._print(event, output)
        if self._is_ours:
            output.print(*self._lines.heartbeat(is_alive=is_at_work))
            output.show(self._lines.history)

    def _print(self, event: AnyEvent, output: Output) -> None:
        if isinstance(event, Launched):
            self._launched_by = event.pid
        lines = self._lines.add(event)
        if not self._is_ours:
            return
        if isinstance(event, Stage):
            output.stage(event.name)
        output.print(*lines)

    @property
    def _is_ours(self) -> bool:
        """Whether the newest trainer is the one to follow: another may have taken the lock first."""
        return self.process is None or self._launched_by == self.process.pid

    @property
    def has_started(self) -> bool:
        """Whether training has begun."""
        return self._is_ours and self._lines.has_started

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End the trainer at once, with the processes it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def stopping(self) -> str:
        """The answer to a Ctrl-C or SIGTERM that stops the run."""
        return wording.stopping(self._lines.history)

    def finish(self) -> int:
        """Print an error if the run failed; return the exit code."""
        run, ended = self._run, self._lines.history.ended
        if not self._is_ours:
            return report_error(wording.did_not_start(run.name, run.log), NOTHING_STARTED)
        if ended is None:
            return report_error(wording.died(run.name, run.log), FAILED)
        if ended.reason == "refused":
            return report_error(ended.error, NOTHING_STARTED)
        if ended.reason == "failed":
            (failure,) = wording.ended(ended)
            return report_error(f"{failure.rstrip('.')}. Log: {run.log}.", FAILED)
        return self.interrupts.code if self.interrupts.count and ended.reason == "stopped" else DONE
