"""Start, watch, resume and stop experiments, on a screen or without one."""

import subprocess
import sys
import time
from pathlib import Path

from core.config import build_config
from core.experiments import start as starting
from core.experiments.directory import ExperimentDirectory, Member
from core.experiments.listing import (
    RESUMABLE,
    ExperimentState,
    summarize_experiment,
)
from core.files import lock
from core.problems import Problem
from core.protocol import PlanRun
from core.runs.commands import post
from core.runs.history import read_outline
from core.text.plain import plain
from tui.engine.blocking import ask_all
from tui.headless.experiment import ExperimentFollower
from tui.terminal import DONE, FAILED, INTERRUPTED, is_interactive
from tui.verbs.runs_folder import reference
from tui.wording import run as wording

_POLL_SECONDS = 0.2


def begin(members: list[Member], runs_dir: Path, name: str | None, *, headless: bool, detach: bool) -> int:
    """Plan all members, start the experiment and watch it.

    Raises:
        Problem: a member could not work; nothing was started.
    """
    ask_all([PlanRun(build_config(member.settings)) for member in _one_of_each(members)])
    experiment, process = starting.start(members, runs_dir, name)
    code = _watch(experiment, process, headless=headless, detach=detach)
    if code == INTERRUPTED and not _has_begun(experiment):
        experiment.delete()
    return code


def attach(experiment: ExperimentDirectory, *, headless: bool, read_only: bool) -> int:
    """Watch an experiment that is there."""
    if headless or not is_interactive():
        return ExperimentFollower(experiment).follow()
    return _watch_on_screen(experiment, read_only=read_only)


def resume(experiment: ExperimentDirectory, *, headless: bool, detach: bool) -> int:
    """Go on where an experiment stopped: what is trained stays, what is not is trained to its end.

    Raises:
        Problem: there is nothing to go on with.
    """
    state = _state(experiment)
    if experiment.is_alive:
        raise Problem(
            "this experiment goes on already",
            where=experiment.name,
            mend=f"Watch it: bertcls-tui attach {experiment.name}.",
        )
    if state not in RESUMABLE:
        raise Problem(f"this experiment is {state}: there is nothing to go on with", where=experiment.name)
    follower = ExperimentFollower(experiment)
    follower.skip()
    follower.process = starting.launch(experiment)
    return _watch(experiment, follower.process, headless=headless, detach=detach, follower=follower)


def stop(experiment: ExperimentDirectory) -> int:
    """Ask an experiment to stop, and wait until it has.

    Raises:
        Problem: it does not go on.
    """
    if not lock.is_held(experiment.lock):
        summary = summarize_experiment(experiment)
        alone = summary.current
        raise Problem(
            f"no process is at work in it, it is {summary.state}",
            where=experiment.name,
            mend=f"Its run goes on: bertcls-tui stop {experiment.name}/{alone.name}." if alone else "",
        )
    post(experiment.commands, "stop")
    sys.stdout.write(f"stopping {plain(experiment.name)} after the step of its run, with a checkpoint\n")
    sys.stdout.flush()
    while lock.is_held(experiment.lock):
        time.sleep(_POLL_SECONDS)
    summary = summarize_experiment(experiment)
    sys.stdout.write(f"{summary.state}, {wording.members(summary)}\n")
    return DONE


def _watch(
    experiment: ExperimentDirectory,
    process: subprocess.Popen[bytes],
    *,
    headless: bool,
    detach: bool,
    follower: ExperimentFollower | None = None,
) -> int:
    if not (detach or headless) and is_interactive():
        return _watch_on_screen(experiment)
    follower = follower or ExperimentFollower(experiment, process)
    code = follower.follow(until_started=detach)
    if detach and code == DONE:
        sys.stdout.write(f"watch it with: bertcls-tui attach {plain(reference(experiment.path))}\n")
    return code


def _watch_on_screen(experiment: ExperimentDirectory, *, read_only: bool = False) -> int:
    from tui.app import BertclsApp

    app = BertclsApp(experiment.path.parent, experiment=experiment, read_only=read_only)
    parting = app.run()
    if app.return_code:
        return app.return_code
    if parting:
        sys.stdout.write(f"{plain(parting)}\n")
    return FAILED if _state(experiment) == "failed" else DONE


def _state(experiment: ExperimentDirectory) -> ExperimentState:
    return summarize_experiment(experiment).state


def _has_begun(experiment: ExperimentDirectory) -> bool:
    """Whether training has begun in any of its runs."""
    return any(read_outline(experiment.run_of(member)).started for member in experiment.members)


def _one_of_each(members: list[Member]) -> list[Member]:
    """A member of each model: another seed does not change the plan."""
    return list({member.model: member for member in reversed(members)}.values())[::-1]
