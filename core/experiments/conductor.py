"""The process of an experiment: it launches a trainer after the other and waits for each.

Exit codes: 0 all members are trained, or it was stopped; 1 some member is not.
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
    """Train the members of the experiment at `path` that are not trained yet, each once.

    SIGTERM asks it to stop as a command does; SIGINT ends it with its trainer at once.

    Args:
        path: of the experiment.
        held: the open file of its lock, where it was taken for this process.

    Raises:
        Problem: another process does so already, or there is no experiment.
    """
    experiment = ExperimentDirectory.open(path)
    # Whoever finds the lock held may send a command.
    launched_at = math.inf if held is None else changed_at(experiment.launch_mark)
    reader = CommandReader(experiment.commands, since=launched_at)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where it was started with & by a script
    conductor = _Conductor(experiment, reader)
    signal.signal(signal.SIGTERM, lambda number, frame: conductor.stop())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # it waited since this process was started
    with lock.hold(experiment.lock, held):
        _log.info("process %d begins", os.getpid())
        code = conductor.conduct()
        _log.info("process %d ends", os.getpid())
        return code


class _Conductor:
    """The work of a process that holds the lock of an experiment."""

    def __init__(self, experiment: ExperimentDirectory, reader: CommandReader) -> None:
        self._experiment = experiment
        self._commands = reader
        self._is_asked = self._is_stopping = False

    def stop(self) -> None:
        """Begin no other run, and stop the one under way after its step. It may come at any moment."""
        self._is_asked = True

    def conduct(self) -> int:
        """Train what is not trained yet; return the exit code."""
        for member in self._experiment.members:
            if self._was_stopped():
                break
            if state_of_member(self._experiment, member) not in OVER:
                self._train(member)
        states = [state_of_member(self._experiment, member) for member in self._experiment.members]
        return 0 if self._is_stopping or all(state in OVER for state in states) else 1

    def _train(self, member: Member) -> None:
        """Train `member` from where it is until its trainer ends, however it ends."""
        run = self._experiment.run_of(member)
        events = EventFollower(run.events, every_step=False)
        for _ in events.pieces():
            pass  # of earlier trainers
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
        """Wait for the trainer of `run`, and pass a stop on. Without a `process` it is not one of ours."""
        listens, is_told = process is None, False
        # Never two trainers at once: ours is refused where one that outlived its conductor was quicker.
        while (process is not None and process.poll() is None) or run.is_alive:
            # A trainer obeys what comes after its first word.
            listens = listens or any(isinstance(event, Launched) for event in events.read())
            if self._was_stopped() and listens and not is_told:
                _log.info("stopping %s", run.name)
                with contextlib.suppress(Problem):  # a full disk: tried again
                    commands.post(run.commands, "stop")
                    is_told = True
            time.sleep(_POLL_SECONDS)

    def _was_stopped(self) -> bool:
        if self._is_asked and not self._is_stopping:
            with contextlib.suppress(Problem):  # a full disk: it is not known later why the experiment ended
                commands.post(self._experiment.commands, "stop")
        self._is_stopping |= self._is_asked
        self._is_stopping |= any(command.name == "stop" for command in self._commands.read())
        return self._is_stopping


def _launch(run: RunDirectory, member: Member) -> subprocess.Popen[bytes] | None:
    """Start the trainer of a member; None where one is at work, which has outlived an earlier conductor.

    Raises:
        Problem: the run directory cannot be written to.
        OSError: it cannot be made.
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
    _log.info("%s %s", "training" if is_new else "going on with", member.name)
    return launch(run, resume=run.events.exists())
