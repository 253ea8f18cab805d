"""Start, watch, resume and stop runs, on a screen or without one."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from core.config import RunConfig
from core.config import Values as Layer
from core.files import lock
from core.problems import Problem
from core.protocol import Evaluate
from core.runs.commands import post
from core.runs.directory import RunDirectory
from core.runs.history import read_outline
from core.runs.launch import launch
from core.runs.start import SAMPLE_DATA, check_resumable, free_name, start
from core.runs.state import state_of
from core.text.plain import plain
from tui.headless.run import RunFollower
from tui.terminal import DONE, FAILED, NOTHING_STARTED, is_interactive, report_error
from tui.verbs.commands import require_trainer
from tui.verbs.runs_folder import reference

_POLL_SECONDS = 0.2


def demo_settings(name: str, runs_dir: Path, device: str) -> Layer:
    """The run of `bertcls-tui demo`: short enough for two cores, long enough for early stopping to act."""
    return {
        "data": {
            "train": str(SAMPLE_DATA / "reviews_train.csv"),
            "test": str(SAMPLE_DATA / "reviews_test.csv"),
        },
        "model": {"name": "minilm", "max_length": 128},
        "training": {"max_steps": 135, "eval_steps": 15, "device": device},
        "output": {"runs_dir": str(runs_dir), "name": free_name(runs_dir, name)},
    }


def train(config: RunConfig, *, headless: bool, detach: bool) -> int:
    """Start a run and watch it. A run that is refused leaves nothing behind."""
    run, process = start(config)
    code = _watch(run, RunFollower(run, process), headless=headless, detach=detach)
    if _was_refused(run, process):
        run.delete()
    return code


def resume(run: RunDirectory, *, headless: bool, detach: bool) -> int:
    """Go on with a run that was stopped, failed, or whose trainer died.

    Raises:
        Problem: there is nothing to go on with.
    """
    check_resumable(run)
    follower = RunFollower(run)
    follower.skip()
    follower.process = launch(run, resume=True)
    return _watch(run, follower, headless=headless, detach=detach)


def attach(run: RunDirectory, *, headless: bool, read_only: bool) -> int:
    """Watch a run that is there."""
    if headless or not is_interactive():
        return RunFollower(run).follow()
    return _watch_on_screen(run, read_only=read_only)


def evaluate(run: RunDirectory, request: Evaluate) -> int:
    """Open an evaluation of a run on a screen.

    Raises:
        Problem: there is no terminal to open it in.
    """
    if not is_interactive():
        raise Problem("there is no terminal to open a screen in", mend="Leave --screen out.")
    from tui.app import BertclsApp

    app = BertclsApp(run.path.parent, evaluation=request)
    app.run()
    return app.return_code or DONE


def stop(run: RunDirectory, *, after_evaluation: bool = False) -> int:
    """Ask the trainer to stop, and wait until it has.

    Raises:
        Problem: no trainer is at work.
    """
    require_trainer(run)
    post(run.commands, "stop_after_evaluation" if after_evaluation else "stop")
    when = "its next evaluation" if after_evaluation else "its step, with a checkpoint"
    sys.stdout.write(f"stopping {plain(run.name)} after {when}\n")
    sys.stdout.flush()
    while lock.is_held(run.lock):
        time.sleep(_POLL_SECONDS)
    history = read_outline(run)
    sys.stdout.write(f"{state_of(history, is_alive=False)} at step {history.step}\n")
    if history.ended is None or history.ended.reason == "failed":
        return FAILED
    return DONE


def _watch(run: RunDirectory, follower: RunFollower, *, headless: bool, detach: bool) -> int:
    if detach:
        code = follower.follow(until_started=True)
        if code == DONE:
            sys.stdout.write(f"watch it with: bertcls-tui attach {plain(reference(run.path))}\n")
        return code
    if headless or not is_interactive():
        return follower.follow()
    return _watch_on_screen(run)


def _watch_on_screen(run: RunDirectory, *, read_only: bool = False) -> int:
    from tui.app import BertclsApp

    app = BertclsApp(run.path.parent, run=run, read_only=read_only)
    parting = app.run()
    if app.return_code:
        return app.return_code
    ended = read_outline(run).ended
    if ended is not None and ended.reason == "refused":
        return report_error(ended.error, NOTHING_STARTED)
    if parting:
        sys.stdout.write(f"{plain(parting)}\n")
    if ended is not None and ended.reason == "failed":
        return report_error(ended.error, FAILED)
    return DONE


def _was_refused(run: RunDirectory, process: subprocess.Popen[bytes]) -> bool:
    """Whether nothing was started: the plan was refused, or it was interrupted before training began."""
    history = read_outline(run)
    refused = history.ended is not None and history.ended.reason == "refused"
    if refused:
        process.wait()  # its last word is said, but unloading the libraries takes a moment
    if process.poll() is None:
        return False
    return history.started is None and (refused or process.returncode == -signal.SIGKILL)
