"""ExperimentPrinter: prints the runs of an experiment, and compares them at the end."""

import signal
import subprocess

from core.experiments.comparison import comparison_request, differing_settings
from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import finished_members, summarize_experiment
from core.problems import Problem
from core.runs.events import EventFollower
from tui.engine.blocking import ask
from tui.headless.follower import Follower, Interrupts
from tui.headless.lines import RunLines
from tui.headless.output import Output
from tui.printing.comparison import show_comparison
from tui.printing.console import line
from tui.terminal import DONE, FAILED, NOTHING_STARTED, report_error
from tui.wording import run as wording


class ExperimentPrinter(Follower):
    """Prints what happens in the runs of an experiment until its process ends."""

    def __init__(
        self,
        experiment: ExperimentDirectory,
        process: subprocess.Popen[bytes] | None = None,
        interrupts: Interrupts | None = None,
    ) -> None:
        super().__init__(experiment, process, interrupts)
        self._experiment = experiment
        runs = [experiment.run_of(member) for member in experiment.members]
        self._runs = [(EventFollower(run.events), RunLines(run, is_member=True)) for run in runs]

    def follow(self, *, until_started: bool = False) -> int:
        """Print what differs between the models besides their names, then follow."""
        for sentence in differing_settings(self._experiment.members):
            line(sentence)
        return super().follow(until_started=until_started)

    def skip(self) -> None:
        """Read what has happened so far without printing it."""
        for events, lines in self._runs:
            for piece in events.pieces():
                for event in piece:
                    lines.add(event)
            lines.has_started = False

    def print_news(self, output: Output, *, is_at_work: bool) -> None:
        """Print what has happened in each run since the last call."""
        for events, lines in self._runs:
            is_alive = lines.run.is_alive
            for piece in events.pieces():
                for event in piece:
                    output.print(*lines.add(event))
            output.print(*lines.heartbeat(is_alive=is_alive))

    @property
    def has_started(self) -> bool:
        """Whether training has begun in any run."""
        return any(lines.has_started for _, lines in self._runs)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End the process at once; on SIGINT it kills its trainer."""
        process.send_signal(signal.SIGINT)

    def stopping(self) -> str:
        """The answer to a Ctrl-C or SIGTERM that stops the experiment."""
        return wording.stopping_experiment()

    def finish(self) -> int:
        """Print the state of the experiment and a comparison of what is trained; return the exit code."""
        experiment, summary = self._experiment, summarize_experiment(self._experiment)
        line(f"{summary.state}: {wording.members(summary)}")
        if finished_members(experiment):
            try:
                show_comparison(ask(comparison_request([experiment])), as_json=False)
            except Problem as problem:
                return report_error(str(problem), FAILED)
        match summary.state:
            case "finished":
                return DONE
            case "stopped":
                line(wording.resume_with(experiment.name))
                return self.interrupts.code if self.interrupts.count else DONE
            case "failed":
                names = ", ".join(member.name for member in summary.members if member.state == "failed")
                return report_error(f"Not trained: {names}. Log: {experiment.log}.", FAILED)
            case "starting":
                return report_error(wording.did_not_start(experiment.name, experiment.log), NOTHING_STARTED)
            case _:
                return report_error(wording.died(experiment.name, experiment.log), FAILED)
