"""A stand-in trainer: holds the lock of a run, writes events at a steady pace and obeys commands.

`python slow_trainer.py RUN` trains nothing, so it starts at once.
"""

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.files import lock
from core.runs.commands import Command, CommandReader
from core.runs.directory import RunDirectory
from core.runs.events import (
    Acknowledged,
    Checkpoint,
    Evaluation,
    EventWriter,
    Launched,
    RunEnded,
    RunStarted,
    Step,
    Stopping,
)
from core.runs.plan import Plan, SplitPlan

PACE_SECONDS = 0.02
EVAL_STEPS = 50
ANSWERS = {
    "pause": "paused",
    "resume": "training continues",
    "stop": "stopping with a checkpoint",
    "evaluate": "evaluating",
    "checkpoint": "writing a checkpoint",
}


def plan(**changes: Any) -> Plan:
    """The plan of a run that lasts longer than any test."""
    values: dict[str, Any] = {
        "model": "tiny",
        "model_source": "tiny",
        "labels": ["negative", "positive"],
        "text_column": "text",
        "label_column": "label",
        "splits": [
            SplitPlan("train", "train.csv", 600, 3, 31, 80),
            SplitPlan("validation", "validation.csv", 60, 0, 30, 71),
        ],
        "max_length": 128,
        "train_batch_size": 8,
        "learning_rate": 1e-4,
        "max_steps": 100_000,
        "epochs": 1333.0,
        "steps_per_epoch": 75,
        "eval_steps": EVAL_STEPS,
        "evaluations": 2000,
        "metric": "accuracy",
        "patience": 5,
        "parameters": 120_000,
        "checkpoint_bytes": 1_000_000,
        "free_bytes": 10**11,
        "device": "cpu",
        "precision": "fp32",
        "seed": 42,
    }
    return Plan(**(values | changes))


def step_event(step: int) -> Step:
    """Figures of one step."""
    return Step(
        step=step,
        epoch=step / 75,
        loss=0.1 + 1 / step,
        learning_rate=1e-4,
        grad_norm=1.0,
        documents_per_second=400.0,
        tokens_per_second=12_000.0,
        padding=0.1,
    )


class SlowTrainer:
    """Trains one step after the other until a stop command."""

    def __init__(self, run: RunDirectory) -> None:
        self._events = EventWriter(run.events)
        self._commands = CommandReader(run.commands)
        self._paused = False
        self._stopped = False

    def train(self) -> None:
        """Train until a stop command."""
        self._events.write(Launched(pid=os.getpid()))
        self._events.write(
            RunStarted(plan=plan(), pid=os.getpid(), host=socket.gethostname(), device_name="cpu")
        )
        for step in self._steps():
            self._events.write(step_event(step))
            if step % EVAL_STEPS == 0:
                self._evaluate(step)
        self._events.close()

    def _steps(self) -> Iterator[int]:
        step = 0
        while not self._stopped:
            if not self._paused:
                step += 1
                yield step
            time.sleep(PACE_SECONDS)
            for command in self._commands.read():
                self._obey(command, step)

    def _obey(self, command: Command, step: int) -> None:
        if command.name in ("pause", "resume"):
            self._paused = command.name == "pause"
        message = ANSWERS[command.name]
        self._events.write(Acknowledged(id=command.id, name=command.name, step=step, message=message))
        if command.name == "evaluate":
            self._evaluate(step)
        if command.name in ("checkpoint", "stop"):
            self._events.write(Checkpoint(step=step, is_best=False, bytes=1_000_000, seconds=0.1))
        if command.name == "stop":
            self._events.write(RunEnded(reason="stopped", step=step))
            self._stopped = True

    def _evaluate(self, step: int) -> None:
        accuracy = 0.9
        self._events.write(
            Evaluation(
                step=step,
                split="validation",
                examples=60,
                loss=0.4,
                accuracy=accuracy,
                accuracy_low=accuracy - 0.05,
                accuracy_high=accuracy + 0.05,
                macro_f1=accuracy,
                seconds=0.1,
            )
        )
        self._events.write(
            Stopping(
                step=step,
                metric="accuracy",
                best=accuracy,
                best_step=step,
                used=0,
                patience=5,
                stops_at=step + 5 * EVAL_STEPS,
            )
        )


if __name__ == "__main__":
    directory = RunDirectory.open(Path(sys.argv[1]))
    with lock.hold(directory.lock):
        SlowTrainer(directory).train()
