"""Obey commands at step boundaries, and acknowledge each with an event."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from core.runs.changes import SETTINGS, Change, in_words, rejection
from core.runs.commands import Command, CommandReader
from core.runs.events import Acknowledged, EventWriter
from core.runs.termination import Termination
from core.training.course import Course
from core.training.progress import StepRecorder
from core.training.stopping import EarlyStopping

_POLL_SECONDS = 0.1


class TrainingOver(Exception):  # noqa: N818 - it is no error
    """There is nothing left to train."""


class Answer(NamedTuple):
    """What became of a command."""

    message: str
    accepted: bool = True


@dataclass
class Standing:
    """What people asked for that holds until it is done or they take it back; also over a rollback."""

    paused: bool = False
    releases: bool = False
    """While paused, others are to have the memory of the device."""
    stops_after_evaluation: bool = False


class Steered(Protocol):
    """What a trainer does for those who steer it."""

    def perform(self) -> None:
        """Do at once what the control asks for, if anything: while paused nothing else would."""

    def restore_random(self) -> None:
        """Let the random numbers go on as in the checkpoint that training goes on from."""

    @property
    def can_release(self) -> bool:
        """Whether there is memory of a device that others could use."""

    def release(self) -> None:
        """Give the memory of the device back."""

    def reclaim(self) -> bool:
        """Take it again; return whether there was room."""

    def set_learning_rate(self) -> None:
        """Let the next step take the learning rate that the course says."""


class SteeringCallback(TrainerCallback):
    """Reads commands after every step and obeys each once. SIGTERM is a stop, too.

    Args:
        commands: come from people.
        events: acknowledge them.
        recorder: is told of pauses.
        course: the settings, with the changes of earlier trainers of the run.
        stopping: early stopping, which follows the course.
        termination: whether the machine asks for the end.
        obeyed: ids of commands that were answered before.
        standing: what was asked of the trainer before, which went back to a checkpoint.
    """

    def __init__(
        self,
        commands: CommandReader,
        events: EventWriter,
        recorder: StepRecorder,
        course: Course,
        stopping: EarlyStopping,
        termination: Termination,
        obeyed: Iterable[str],
        *,
        standing: Standing | None = None,
    ) -> None:
        self._commands = commands
        self._events = events
        self._recorder = recorder
        self._course = course
        self._stopping = stopping
        self._termination = termination
        self._obeyed = set(obeyed)
        self._standing = standing or Standing()
        self._released = False
        """Others have the memory of the device."""
        self.trainer: Steered
        """What is steered; to be set before training."""
        self.stopped = False
        """A person, or SIGTERM, ended training."""
        self.evaluation_requested = False
        """The evaluation that comes next was asked for by a person."""
        self._obey: dict[str, Callable[[TrainerState, TrainerControl], Answer]] = {
            "pause": self._pause,
            "release": self._release,
            "resume": self._resume,
            "stop": self._stop,
            "stop_after_evaluation": self._stop_after_evaluation,
            "evaluate": self._evaluate,
            "checkpoint": self._checkpoint,
            "note": lambda state, control: Answer("noted"),
        }

    def is_asked_to_end(self) -> bool:
        """Whether a person, or the machine, wants training to end; nothing is obeyed yet."""
        is_stop = any(command.name == "stop" for command in self._commands.peek())
        return is_stop or self._termination.is_asked

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begin with the settings that hold here, and with the evaluation that a trainer before gave up.

        Raises:
            TrainingOver: after it there is nothing left to train.
        """
        self._follow_course(state, control)
        if not self._stopping.state.evaluation_due:
            return
        is_last = state.global_step >= state.max_steps
        self.evaluation_requested = state.global_step % state.eval_steps != 0 and not is_last
        control.should_evaluate = True
        self.trainer.restore_random()
        self.trainer.perform()
        if is_last or self._stopping.has_run_out:
            raise TrainingOver

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Obey what came during the step; while paused, wait for more."""
        self.evaluation_requested = False
        if self._course.changes_at(state.global_step):
            self._follow_course(state, control)
        self._obey_all(state, control)
        if self._standing.paused:
            self._recorder.flush()
            self._wait(state, control)
            self._recorder.restart()
        return control

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Stop here if that was asked for; a run that is at its end has nothing to stop."""
        if self._standing.stops_after_evaluation and state.global_step < state.max_steps:
            self._stop(state, control)

    def _wait(self, state: TrainerState, control: TrainerControl) -> None:
        while self._standing.paused and not self.stopped:
            self.trainer.perform()
            if self._standing.releases and not self._released and not self.stopped:
                self.trainer.release()
                self._released = True
            time.sleep(_POLL_SECONDS)
            self._obey_all(state, control)

    def _obey_all(self, state: TrainerState, control: TrainerControl) -> None:
        # One by one: what is not answered for want of room on the disk is answered when the run ends.
        while commands := self._commands.peek():
            if commands[0].id not in self._obeyed:
                self._answer(commands[0], state, control)
                self._obeyed.add(commands[0].id)
            self._commands.drop_first()
        if self._termination.is_asked and not self.stopped:
            self._stop(state, control)

    def _answer(self, command: Command, state: TrainerState, control: TrainerControl) -> None:
        is_setting = command.name in SETTINGS
        answer = (
            self._set(command, state, control) if is_setting else self._obey[command.name](state, control)
        )
        self._events.write(
            Acknowledged(
                id=command.id,
                name=command.name,
                step=state.global_step,
                accepted=answer.accepted,
                message=answer.message,
                value=command.value,
                text=command.text,
            ),
            # What was changed must still be known to whoever goes on with the run.
            durable=is_setting,
        )
        if is_setting and answer.accepted:
            self._events.write(self._stopping.event(state.global_step))

    def _set(self, command: Command, state: TrainerState, control: TrainerControl) -> Answer:
        step, value = state.global_step, command.value
        reason = rejection(command.name, value, step)
        if reason is not None or value is None:
            return Answer(reason or "", accepted=False)
        self._course.changes.append(Change(step, command.name, value))
        self._follow_course(state, control)
        return Answer(in_words(command.name, value))

    def _follow_course(self, state: TrainerState, control: TrainerControl) -> None:
        """Let the settings that hold after this step be those of the trainer, and of early stopping."""
        plan = self._course.plan(state.global_step)
        state.max_steps, state.eval_steps = plan.max_steps, plan.eval_steps
        self._stopping.follow(plan)
        if not self.stopped and not self._stopping.has_run_out and state.global_step < plan.max_steps:
            control.should_training_stop = False  # this was the last step, but is no more
        self.trainer.set_learning_rate()

    def _pause(self, state: TrainerState, control: TrainerControl) -> Answer:
        self._standing.paused = True
        return Answer("paused")

    def _release(self, state: TrainerState, control: TrainerControl) -> Answer:
        self._standing.paused = True
        if not self.trainer.can_release:
            return Answer("paused; there is no memory of a device to give back")
        self._standing.releases = True  # as soon as what this step asks for is done, which needs the device
        return Answer("paused; the memory of the device goes to others")

    def _resume(self, state: TrainerState, control: TrainerControl) -> Answer:
        if not self._standing.paused:
            return Answer("it was not paused")
        if not self._reclaim():
            return _NO_ROOM
        self._standing.paused = self._standing.releases = False
        return Answer("training goes on")

    def _stop(self, state: TrainerState, control: TrainerControl) -> Answer:
        self._reclaim()  # what follows is quicker on the device, but can be done without it
        self.stopped = True
        control.should_training_stop = True
        control.should_save = True
        return Answer("stopping with a checkpoint")

    def _stop_after_evaluation(self, state: TrainerState, control: TrainerControl) -> Answer:
        self._standing.stops_after_evaluation = True
        return Answer("stops after the next evaluation")

    def _evaluate(self, state: TrainerState, control: TrainerControl) -> Answer:
        if not self._reclaim():
            return _NO_ROOM
        if not control.should_evaluate:  # else one is due here, or was asked for already
            self.evaluation_requested = control.should_evaluate = True
        return Answer("evaluating")

    def _checkpoint(self, state: TrainerState, control: TrainerControl) -> Answer:
        control.should_save = True
        return Answer("writing a checkpoint")

    def _reclaim(self) -> bool:
        if self._released:
            self._released = not self.trainer.reclaim()
        return not self._released


_NO_ROOM = Answer("others hold the memory of the device; still paused", accepted=False)
