"""The verbs `attach` and `resume`."""

from typing import Annotated

import typer

from core.experiments.directory import ExperimentDirectory
from core.experiments.listing import RESUMABLE, find, summarize_experiment
from core.experiments.start import launch as launch_experiment
from core.problems import Problem
from core.runs.directory import default_runs_dir
from core.runs.launch import launch
from core.runs.start import check_resumable
from tui.verbs.command_line import VerbCommand, cli
from tui.verbs.options import Detach, Headless, Run, RunsDir
from tui.verbs.watching import follower_of, watch


@cli.command(cls=VerbCommand)
def attach(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="Name of a run, or its folder [the newest].")
    ] = None,
    runs_dir: RunsDir = None,
    headless: Headless = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Offer no keys that change the run.")
    ] = False,
) -> int:
    """Watch a run or an experiment. Leaving does not stop it."""
    found = find(runs_dir or default_runs_dir(), run)
    return watch(found, follower_of(found), headless=headless, read_only=read_only)


@cli.command(cls=VerbCommand)
def resume(run: Run, runs_dir: RunsDir = None, headless: Headless = False, detach: Detach = False) -> int:
    """Resume a run or an experiment from its last checkpoint."""
    found = find(runs_dir or default_runs_dir(), run)
    follower = follower_of(found)
    follower.skip()
    with follower.interrupts:
        if isinstance(found, ExperimentDirectory):
            _check_experiment_resumable(found)
            follower.process = launch_experiment(found)
        else:
            check_resumable(found)
            follower.process = launch(found, resume=True)
    return watch(found, follower, headless=headless, detach=detach)


def _check_experiment_resumable(experiment: ExperimentDirectory) -> None:
    """Check that an experiment can be resumed.

    Raises:
        Problem: it is training, or all its runs are trained.
    """
    if experiment.is_alive:
        raise Problem(
            "this experiment is training already",
            where=experiment.name,
            mend=f"Watch it: bertcls-tui attach {experiment.name}.",
        )
    state = summarize_experiment(experiment).state
    if state not in RESUMABLE:
        raise Problem(f"this experiment is {state} and cannot be resumed", where=experiment.name)
