"""Watch a run or an experiment: on a screen, in lines, or only until training has begun."""

import shlex
import sys
from pathlib import Path

from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import summarize_experiment
from core.runs.directory import RunDirectory, default_runs_dir
from core.runs.history import read_outline
from core.text.plain import plain
from tui.headless.experiment import ExperimentPrinter
from tui.headless.follower import Follower
from tui.headless.run import RunPrinter
from tui.opening import open_app
from tui.streams import report_loss
from tui.terminal import (
    DONE,
    FAILED,
    NOTHING_STARTED,
    is_interactive,
    is_terminal,
    no_screen,
    report_error,
)
from tui.wording import run as wording


def follower_of(watched: RunDirectory | ExperimentDirectory) -> Follower:
    """A follower that prints everything from the beginning."""
    if isinstance(watched, ExperimentDirectory):
        return ExperimentPrinter(watched)
    return RunPrinter(watched)


def watch(
    watched: RunDirectory | ExperimentDirectory,
    follower: Follower,
    *,
    headless: bool,
    detach: bool = False,
    read_only: bool = False,
) -> int:
    """Watch until the end, or until the screen is left; return the exit code.

    Args:
        watched: the run or experiment.
        follower: prints it where no screen is opened.
        headless: open no screen, which also needs a terminal.
        detach: return as soon as training has begun.
        read_only: offer no keys that change the run.
    """
    if detach:
        code = follower.follow(until_started=True)
        if code == DONE:
            sys.stdout.write(f"watch it with: bertcls-tui attach {plain(_reference(watched.path))}\n")
            report_loss(wording.CONTINUES)
        return code
    if headless or not is_interactive() or follower.interrupts.count:
        if not headless and is_terminal() and not is_interactive():
            report_error(f"{no_screen()}; lines are printed instead", DONE)
        return follower.follow()
    if isinstance(watched, ExperimentDirectory):
        return _watch_experiment_on_screen(watched, read_only=read_only)
    return _watch_run_on_screen(watched, read_only=read_only)


def _watch_run_on_screen(run: RunDirectory, *, read_only: bool) -> int:
    code = open_app(run.path.parent, run=run, read_only=read_only)
    ended = read_outline(run).ended
    if code == DONE and ended is not None and ended.reason in ("refused", "failed"):
        return report_error(ended.error, NOTHING_STARTED if ended.reason == "refused" else FAILED)
    return code


def _watch_experiment_on_screen(experiment: ExperimentDirectory, *, read_only: bool) -> int:
    code = open_app(experiment.path.parent, experiment=experiment, read_only=read_only)
    if code == DONE and summarize_experiment(experiment).state == "failed":
        return FAILED
    return code


def _reference(path: Path) -> str:
    """The shortest argument that names the run or experiment at `path`."""
    is_default = path.parent == default_runs_dir().expanduser().absolute()
    return shlex.quote(path.name if is_default else str(path))
