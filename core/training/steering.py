"""Steering: execute commands at step boundaries, and acknowledge each with an event."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from core.runs.changes import SETTINGS, Change, in_words, rejection
from core.runs.commands import Command, CommandReader
from core.runs.events import Acknowledged, EventWriter
from core.runs.termination import Termination
from core.training.early_stopping import EarlyStopping
from core.training.learner import Learner
from core.training.schedule import TrainingSchedule

_POLL_SECONDS = 0.1


class Answer(NamedTuple):
    """The answer to a command."""

    message: str
    accepted: bool = True


@dataclass
class Boundary:
    """Work that remains after `step`, before the next step begins."""

    step: int
    evaluate: bool = False
    evaluation_requested: bool = False
    """A person asked for the evaluation, so it uses no patience."""
    save: bool = False


@dataclass
class Standing:
    """Requests that hold until they are done or taken back, also after a rollback to a checkpoint."""

    paused: bool = False
    releases_memory: bool = False
    """While paused, other processes may use the device's memory."""
    stops_after_evaluation: bool = False


class Steering:
    """Executes each command once. SIGTERM counts as a stop.

    Args:
        commands: from people.
        events: acknowledge the commands.
        termination: knows whether SIGTERM arrived.
        learner: releases and reclaims the memory of the device.
        schedule: settings that commands change.
        stopping: follows the schedule.
        standing: requests that hold.
        answered: ids of commands that were answered before.
    """

    def __init__(
        self,
        commands: CommandReader,
        events: EventWriter,
        termination: Termination,
        learner: Learner,
        schedule: TrainingSchedule,
        stopping: EarlyStopping,
        standing: Standing,
        answered: Iterable[str],
    ) -> None:
        self._commands = commands
        self._events = events
        self._termination = termination
        self._learner = learner
        self._schedule = schedule
        self._stopping = stopping
        self._standing = standing
        self._answered = set(answered)
        self._released = False
        self.stopped = False
        """A person, or SIGTERM, ended training."""
        self._actions: dict[str, Callable[[Boundary], Answer]] = {
            "pause": self._pause,
            "release": self._release,
            "resume": self._resume,
            "stop": self._stop,
            "stop_after_evaluation": self._stop_after_evaluation,
            "evaluate": self._evaluate,
            "checkpoint": self._checkpoint,
            "note": lambda boundary: Answer("noted"),
        }

    @property
    def is_paused(self) -> bool:
        """Whether training waits for a command."""
        return self._standing.paused and not self.stopped

    def follow_settings(self, step: int) -> None:
        """Let early stopping follow the settings that hold after `step`."""
        self._stopping.follow(self._schedule.plan(step))

    def execute(self, boundary: Boundary) -> None:
        """Execute the commands that have arrived, and SIGTERM; enter in `boundary` the work they ask for."""
        # One by one: a command that was not acknowledged for want of disk space is answered when the run
        # ends.
        while commands := self._commands.peek():
            if commands[0].id not in self._answered:
                self._answer(commands[0], boundary)
                self._answered.add(commands[0].id)
            self._commands.drop_first()
        if self._termination.is_asked and not self.stopped:
            self._stop(boundary)

    def after_evaluation(self, boundary: Boundary) -> None:
        """Stop where that was asked for; a run at its last step has nothing to stop."""
        if (
            self._standing.stops_after_evaluation
            and boundary.step < self._schedule.plan(boundary.step).max_steps
        ):
            self._stop(boundary)

    def rest(self) -> None:
        """Pause for a moment; release the memory of the device where that was asked for."""
        if self._standing.releases_memory and not self._released:
            self._learner.release_memory()
            self._released = True
        time.sleep(_POLL_SECONDS)

    def _answer(self, command: Command, boundary: Boundary) -> None:
        is_setting = command.name in SETTINGS
        answer = self._set(command, boundary.step) if is_setting else self._actions[command.name](boundary)
        self._events.write(
            Acknowledged(
                id=command.id,
                name=command.name,
                step=boundary.step,
                accepted=answer.accepted,
                message=answer.message,
                value=command.value,
                text=command.text,
            ),
            # Whoever resumes the run must know the settings.
            durable=is_setting,
        )
        if is_setting and answer.accepted:
            self._events.write(self._stopping.event(boundary.step))

    def _set(self, command: Command, step: int) -> Answer:
        value = command.value
        reason = rejection(command.name, value, step)
        if reason is not None or value is None:
            return Answer(reason or "", accepted=False)
        self._schedule.changes.append(Change(step, command.name, value))
        self.follow_settings(step)
        return Answer(in_words(command.name, value))

    def _pause(self, boundary: Boundary) -> Answer:
        self._standing.paused = True
        return Answer("paused")

    def _release(self, boundary: Boundary) -> Answer:
        self._standing.paused = True
        if not self._learner.can_release_memory:
            return Answer("paused; a CPU has no memory to release")
        # As soon as the work at this boundary is done, which needs the device.
        self._standing.releases_memory = True
        return Answer("paused; releasing the memory of the device")

    def _resume(self, boundary: Boundary) -> Answer:
        if not self._standing.paused:
            return Answer("it was not paused")
        if not self._reclaim():
            return _MEMORY_TAKEN
        self._standing.paused = self._standing.releases_memory = False
        return Answer("training continues")

    def _stop(self, boundary: Boundary) -> Answer:
        self._reclaim()  # the rest is faster on the device, but works without it
        self.stopped = True
        boundary.save = True
        return Answer("stopping with a checkpoint")

    def _stop_after_evaluation(self, boundary: Boundary) -> Answer:
        self._standing.stops_after_evaluation = True
        return Answer("stops after the next evaluation")

    def _evaluate(self, boundary: Boundary) -> Answer:
        if not self._reclaim():
            return _MEMORY_TAKEN
        if not boundary.evaluate:  # else one is due here, or was requested before
            boundary.evaluation_requested = boundary.evaluate = True
        return Answer("evaluating")

    def _checkpoint(self, boundary: Boundary) -> Answer:
        boundary.save = True
        return Answer("writing a checkpoint")

    def _reclaim(self) -> bool:
        if self._released:
            self._released = not self._learner.reclaim_memory()
        return not self._released


_MEMORY_TAKEN = Answer("another process uses the device's memory; still paused", accepted=False)
