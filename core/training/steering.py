"""Obey commands at step boundaries, and acknowledge each with an event."""

import signal
import time
from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from core.runs.commands import Command, CommandReader
from core.runs.events import Acknowledged, EventWriter, Warned
from core.training.progress import StepRecorder

_POLL_SECONDS = 0.1


class SteeringCallback(TrainerCallback):
    """Reads commands after every step: pause, resume, stop, evaluate, checkpoint. SIGTERM is a stop, too."""

    def __init__(self, commands: CommandReader, events: EventWriter, recorder: StepRecorder) -> None:
        self._commands = commands
        self._events = events
        self._recorder = recorder
        self._paused = False
        self._terminated = False
        self.perform: Callable[[], None] = lambda: None
        """Does at once what the control asks for, if anything: while paused nothing else would."""
        self.stopped = False
        """A person, or SIGTERM, ended training."""
        self.evaluation_requested = False
        """The evaluation that comes next was asked for by a person."""
        self._obey: dict[str, Callable[[TrainerState, TrainerControl], str]] = {
            "pause": self._pause,
            "resume": self._resume,
            "stop": self._stop,
            "evaluate": self._evaluate,
            "checkpoint": self._checkpoint,
        }

    @property
    def is_terminated(self) -> bool:
        """Whether the machine asked this process to end."""
        return self._terminated

    def listen_for_sigterm(self) -> None:
        """Stop after the step when the machine asks this process to end."""
        signal.signal(signal.SIGTERM, self._on_sigterm)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Obey what came during the step; while paused, wait for more."""
        self.evaluation_requested = False
        self._obey_all(state, control)
        if self._paused:
            self._recorder.flush()
            self._wait(state, control)
            self._recorder.restart()
        return control

    def _wait(self, state: TrainerState, control: TrainerControl) -> None:
        while self._paused and not self.stopped:
            self.perform()
            time.sleep(_POLL_SECONDS)
            self._obey_all(state, control)

    def _obey_all(self, state: TrainerState, control: TrainerControl) -> None:
        for command in self._commands.read():
            self._acknowledge(command, state, self._obey[command.name](state, control))
        if self._terminated and not self.stopped:
            self._stop(state, control)
            self._events.write(
                Warned(message=f"The machine asked the trainer to end (SIGTERM) at step {state.global_step}.")
            )

    def _acknowledge(self, command: Command, state: TrainerState, message: str) -> None:
        self._events.write(
            Acknowledged(id=command.id, name=command.name, step=state.global_step, message=message)
        )

    def _pause(self, state: TrainerState, control: TrainerControl) -> str:
        self._paused = True
        return "paused"

    def _resume(self, state: TrainerState, control: TrainerControl) -> str:
        if not self._paused:
            return "it was not paused"
        self._paused = False
        return "training goes on"

    def _stop(self, state: TrainerState, control: TrainerControl) -> str:
        self.stopped = True
        control.should_training_stop = True
        control.should_save = True
        return "stopping with a checkpoint"

    def _evaluate(self, state: TrainerState, control: TrainerControl) -> str:
        self.evaluation_requested = not control.should_evaluate
        control.should_evaluate = True
        return "evaluating"

    def _checkpoint(self, state: TrainerState, control: TrainerControl) -> str:
        control.should_save = True
        return "writing a checkpoint"

    def _on_sigterm(self, number: int, frame: object) -> None:
        self._terminated = True
