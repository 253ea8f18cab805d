"""The process of an experiment: launch one trainer after the other and wait for each.

Exit codes: 0 if all members are trained or the experiment was stopped, else 1.
"""

import contextlib
import logging
import math
import os
import signal
import subprocess
import time
from pathlib import Path

import tomli_w

from core.experiments.directory import ExperimentDirectory, Member
from core.experiments.listing import OVER, state_of_member
from core.files import lock
from core.problems import Problem
from core.runs import commands, run_format
from core.runs.commands import CommandReader
from core.runs.directory import RunDirectory
from core.runs.events import EventFollower, Launched
from core.runs.launch import launch
from core.runs.process_directory import changed_at

_POLL_SECONDS = 0.2
_log = logging.getLogger("experiment")


def main(path: Path, held: int | None = None) -> int:
    """Train those members of the experiment at `path` that are not trained yet, and return the exit code.

    SIGTERM stops the experiment as the command does. SIGINT kills the trainer and ends at once.

    Args:
        path: of the experiment.
        held: open file of its lock, if the launcher took it for this process.

    Raises:
        Problem: another process holds the lock, or there is no experiment.
    """
    experiment = ExperimentDirectory.open(path)
    # Commands sent since the launch are for this process: the lock has been held since then.
    launched_at = math.inf if held is None else changed_at(experiment.launch_mark)
    reader = CommandReader(experiment.commands, since=launched_at)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script that starts it with & ignores SIGINT
    trainers = _Trainers(experiment, reader)
    signal.signal(signal.SIGTERM, lambda number, frame: trainers.stop())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # blocked since the launch
    with lock.hold(experiment.lock, held):
        _log.info("process %d starts", os.getpid())
        code = trainers.run()
        _log.info("process %d ends", os.getpid())
        return code


class _Trainers:
    """Launches the trainers of the members, under the lock of the experiment."""

    def __init__(self, experiment: ExperimentDirectory, reader: CommandReader) -> None:
        self._experiment = experiment
        self._commands = reader
        self._is_asked = self._is_stopping = False

    def stop(self) -> None:
        """Launch no further trainer, and stop the current one after its step. Safe in a signal handler."""
        self._is_asked = True

    def run(self) -> int:
        """Train the members that are not trained yet; return the exit code."""
        for member in self._experiment.members:
            if self._was_stopped():
                break
            if state_of_member(self._experiment, member) not in OVER:
                self._train(member)
        states = [state_of_member(self._experiment, member) for member in self._experiment.members]
        return 0 if self._is_stopping or all(state in OVER for state in states) else 1

    def _train(self, member: Member) -> None:
        """Start or resume the training of `member` and wait until its trainer ends."""
        run = self._experiment.run_of(member)
        events = EventFollower(run.events, every_step=False)
        for _ in events.pieces():
            pass  # skip the events of earlier trainers
        try:
            process = _launch(run, member)
        except (Problem, OSError) as error:
            _log.error("%s cannot be trained: %s", member.name, error)
            return
        try:
            self._wait(run, process, events)
        except KeyboardInterrupt:
            if process is not None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            raise
        _log.info("%s: %s", member.name, state_of_member(self._experiment, member))

    def _wait(
        self, run: RunDirectory, process: subprocess.Popen[bytes] | None, events: EventFollower
    ) -> None:
        """Wait for the trainer of `run`, and pass a stop on to it. `process`: None if launched by another."""
        is_listening, was_stopped = process is None, False
        # Also wait while another trainer holds the lock, so that there are never two at once.
        while (process is not None and process.poll() is None) or run.is_alive:
            # A trainer executes commands sent after its first event.
            is_listening = is_listening or any(isinstance(event, Launched) for event in events.read())
            if self._was_stopped() and is_listening and not was_stopped:
                _log.info("stopping %s", run.name)
                with contextlib.suppress(Problem):  # on a full disk: try again
                    commands.post(run.commands, "stop")
                    was_stopped = True
            time.sleep(_POLL_SECONDS)

    def _was_stopped(self) -> bool:
        if self._is_asked and not self._is_stopping:
            with contextlib.suppress(Problem):  # on a full disk the reason for the end is lost
                commands.post(self._experiment.commands, "stop")
        self._is_stopping |= self._is_asked
        self._is_stopping |= any(command.name == "stop" for command in self._commands.read())
        return self._is_stopping


def _launch(run: RunDirectory, member: Member) -> subprocess.Popen[bytes] | None:
    """Launch the trainer of a member; None if one from an earlier process still trains it.

    Raises:
        Problem: the run directory cannot be written to.
        OSError: the run directory cannot be created.
    """
    if run.is_alive:
        _log.info("%s is being trained already", member.name)
        return None
    is_new = not run.config.is_file()
    if is_new:
        for folder in (run.path, run.checkpoints):
            folder.mkdir(mode=0o700, exist_ok=True)
        run_format.write(run.path)
        run.write_config(tomli_w.dumps(member.settings))
    _log.info("%s %s", "training" if is_new else "resuming", member.name)
    return launch(run, resume=run.events.exists())
