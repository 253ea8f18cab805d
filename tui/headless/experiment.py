"""Follow an experiment without a screen: a line for each evaluation, and the comparison at the end."""

import signal
import subprocess
import time

from core.experiments.comparison import comparison_request
from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import finished_members, summarize_experiment
from core.experiments.terms import unequal_terms
from core.problems import Problem
from core.runs.commands import post
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, Evaluation, EventFollower, RunEnded, RunStarted, Stopping, Warned
from core.runs.history import History
from core.text.plain import plain
from tui.engine.blocking import ask
from tui.headless.interrupts import Interrupts
from tui.printing.comparison import show_comparison
from tui.printing.console import line
from tui.terminal import DONE, FAILED, INTERRUPTED, NOTHING_STARTED, report_error
from tui.wording import run as narration

_POLL_SECONDS = 0.2


class ExperimentFollower:
    """Prints what happens in an experiment until its process ends.

    Args:
        experiment: the experiment.
        process: its process, when this one started it. Then Ctrl-C stops the experiment: the first one after
            the step, with a checkpoint, the second at once. Else Ctrl-C only ends the following.
    """

    def __init__(
        self, experiment: ExperimentDirectory, process: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.process = process
        self._experiment = experiment
        self._runs = [_Run(experiment.run_of(member)) for member in experiment.members]
        self._interrupts = Interrupts()

    def skip(self) -> None:
        """Do not print what has happened so far."""
        for run in self._runs:
            run.news()
            run.has_begun = False

    def follow(self, *, until_started: bool = False) -> int:
        """Print until the experiment ends, or a run of it has begun; return the exit code."""
        for sentence in unequal_terms(self._experiment.members):
            line(plain(sentence))
        with self._interrupts as interrupts:
            while self._look():
                if until_started and self._has_begun:
                    return DONE
                if interrupts.count > interrupts.answered and not self._interrupt():
                    return INTERRUPTED
                time.sleep(_POLL_SECONDS)
        return self._end()

    @property
    def _has_begun(self) -> bool:
        return any(run.has_begun for run in self._runs)

    def _look(self) -> bool:
        """Print what is new; return whether there is more to come."""
        at_work = self._is_at_work()
        for run in self._runs:
            for text in run.news():
                line(text)
        return at_work

    def _is_at_work(self) -> bool:
        if self.process is not None:
            return self.process.poll() is None
        return self._experiment.is_launching or self._experiment.is_alive

    def _interrupt(self) -> bool:
        """Answer Ctrl-C; return whether to go on following."""
        self._interrupts.answered += 1
        if self.process is None:
            return False
        if not self._has_begun or self._interrupts.answered > 1:
            self.process.send_signal(signal.SIGINT)  # it ends its trainer
            self.process.wait()
            if not self._has_begun:
                report_error(narration.NOTHING_BEGUN, INTERRUPTED)
            return False
        try:
            post(self._experiment.commands, "stop")
        except Problem as problem:
            report_error(f"{problem} Ctrl-C again stops at once.", INTERRUPTED)
            return True
        report_error(
            "Stopping after this step, with a checkpoint; no other run is begun. Ctrl-C again stops at once.",
            INTERRUPTED,
        )
        return True

    def _end(self) -> int:
        """Say how the experiment ended, and compare what is trained."""
        experiment, summary = self._experiment, summarize_experiment(self._experiment)
        line(f"{summary.state}: {narration.members(summary)}")
        if finished_members(experiment):
            try:
                show_comparison(ask(comparison_request([experiment])), as_json=False)
            except Problem as problem:
                return report_error(str(problem), FAILED)
        match summary.state:
            case "finished":
                return DONE
            case "stopped":
                line(f"go on with: bertcls-tui resume {experiment.name}")
                return INTERRUPTED if self._interrupts.count else DONE
            case "failed":
                names = ", ".join(member.name for member in summary.members if member.state == "failed")
                return report_error(f"Not trained: {names}. The log is {experiment.log}.", FAILED)
            case "starting":
                return report_error(narration.silence(experiment.name, experiment.log), NOTHING_STARTED)
            case _:
                return report_error(narration.death(experiment.name, experiment.log), FAILED)


class _Run:
    """A run of the experiment, whose events become lines."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._events = EventFollower(run.events)
        self._history = History()
        self._evaluated = 0
        self.has_begun = False
        """A trainer began to train in it since it was first looked at."""

    def news(self) -> list[str]:
        """Lines about what is new, each with the name of the run."""
        lines = []
        for events in self._events.pieces():
            for event in events:
                self._history.apply(event)
                lines += [f"{self._run.name}: {text}" for text in self._lines(event)]
        return lines

    def _lines(self, event: AnyEvent) -> list[str]:
        match event:
            case RunStarted():
                plan = self._history.plan or event.plan
                self.has_begun = True
                return [*narration.beginning_of_member(event, plan), *map(narration.warning, plan.warnings)]
            case Warned(message=message) if message not in self._warnings_of_plan:
                return [narration.warning(message)]
            case Stopping(step=step) if self._history.evaluations and self._history.plan:
                newest = self._history.evaluations[-1]
                if newest.step == step and newest.seq > self._evaluated:
                    self._evaluated = newest.seq  # a resumed run says again how early stopping stands
                    return [narration.evaluation(self._history)]
            case Evaluation(split="test"):
                return [narration.test(event)]
            case RunEnded(reason="failed" | "refused", error=error):
                return [f"failed at step {event.step}: {error}"]
            case RunEnded():
                return narration.ending(self._run, event)[:1]
        return []

    @property
    def _warnings_of_plan(self) -> list[str]:
        return self._history.plan.warnings if self._history.plan else []
