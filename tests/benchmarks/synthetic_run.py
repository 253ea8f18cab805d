"""Synthetic runs of any length: written at once, or by a process that adds steps at a steady pace.

`python -m tests.benchmarks.synthetic_run RUN STEPS MAX_STEPS SECONDS EVALUATIONS` holds the lock of the run
like a trainer, and writes a step every SECONDS until it is killed.
"""

import contextlib
import math
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.config import build_config
from core.files import lock
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, Evaluation, EventWriter, Launched, RunStarted, Stage, Step, Stopping
from core.runs.plan import Plan, SplitPlan

STEPS_PER_EPOCH = 3125
START = 1_700_000_000.0


def plan(max_steps: int, evaluations: int = 2000) -> Plan:
    """A plan of `max_steps` steps with at most `evaluations` evaluations."""
    eval_steps = max(20, max_steps // evaluations)
    return Plan(
        model="minilm",
        model_source="minilm",
        labels=["negative", "positive"],
        text_column="text",
        label_column="label",
        splits=[
            SplitPlan("train", "train.csv", 25_000, 100, 200, 2400),
            SplitPlan("validation", "validation.csv", 2500, 10, 200, 2100),
        ],
        max_length=256,
        train_batch_size=8,
        learning_rate=1e-4,
        max_steps=max_steps,
        epochs=max_steps / STEPS_PER_EPOCH,
        steps_per_epoch=STEPS_PER_EPOCH,
        eval_steps=eval_steps,
        evaluations=max_steps // eval_steps,
        metric="accuracy",
        patience=5,
        parameters=22_700_000,
        checkpoint_bytes=272_000_000,
        free_bytes=10**11,
        device="cpu",
        precision="fp32",
        seed=42,
    )


def training_events(plan: Plan, first: int, last: int) -> Iterator[AnyEvent]:
    """The steps from `first` to `last`, with evaluations between them."""
    for step in range(first, last + 1):
        noise = math.sin(step * 12.9898) * math.cos(step * 4.1414)
        yield Step(
            step=step,
            epoch=step / STEPS_PER_EPOCH,
            loss=0.15 + 0.6 * math.exp(-5 * step / plan.max_steps) + 0.1 * noise,
            learning_rate=plan.learning_rate * (1 - step / plan.max_steps),
            grad_norm=1.2 + 0.5 * noise,
            documents_per_second=41.0 + noise,
            tokens_per_second=8204.0 + 100 * noise,
            padding=0.12,
        ).rounded()
        if step % plan.eval_steps == 0:
            yield from _evaluation(plan, step)


def _evaluation(plan: Plan, step: int) -> Iterator[AnyEvent]:
    accuracy = 0.9 - 0.4 * math.exp(-5 * step / plan.max_steps)
    yield Evaluation(
        step=step,
        split="validation",
        examples=2500,
        loss=1.1 - accuracy,
        accuracy=accuracy,
        accuracy_low=accuracy - 0.01,
        accuracy_high=accuracy + 0.01,
        macro_f1=accuracy - 0.02,
        seconds=2.0,
    )
    yield Stopping(
        step=step,
        metric="accuracy",
        best=accuracy,
        best_step=step,
        used=0,
        patience=plan.patience,
        stops_at=step + plan.patience * plan.eval_steps,
    )


def make_run(runs_dir: Path, name: str, steps: int, max_steps: int) -> RunDirectory:
    """Make a run that reached `steps` of `max_steps` and has no trainer."""
    run = RunDirectory.create(runs_dir, name, unique=True)
    run.write_config(build_config().to_toml())
    planned = plan(max_steps)
    beginning: list[AnyEvent] = [
        Launched(pid=1),
        Stage(name="reading data"),
        RunStarted(plan=planned, pid=1, host=socket.gethostname(), device_name="cpu"),
    ]
    with run.events.open("wb") as file:
        for events in (beginning, training_events(planned, 1, steps)):
            for seq, event in enumerate(events, 1 if events is beginning else len(beginning) + 1):
                stamped = msgspec.structs.replace(event, seq=seq, time=round(START + seq / 10, 3))
                file.write(msgspec.json.encode(stamped) + b"\n")
    return run


@contextlib.contextmanager
def training(
    run: RunDirectory, steps: int, max_steps: int, pace: float, evaluations: int = 2000
) -> Iterator[None]:
    """Run a process that writes a step every `pace` seconds, from step `steps` on, within the block."""
    numbers = map(str, (steps, max_steps, pace, evaluations))
    command = [sys.executable, "-m", __name__, str(run.path), *numbers]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        while not run.is_alive:
            time.sleep(0.01)
        yield
    finally:
        process.kill()
        process.wait()


def _train(run: RunDirectory, steps: int, max_steps: int, pace: float, evaluations: int) -> None:
    writer = EventWriter(run.events)
    writer.write(Launched(pid=os.getpid()))
    planned = plan(max_steps, evaluations)
    started = RunStarted(
        plan=planned,
        pid=os.getpid(),
        host=socket.gethostname(),
        device_name="cpu",
        resumed_from=steps or None,
    )
    writer.write(started)
    next_at = time.monotonic()
    for event in training_events(planned, steps + 1, max_steps):
        if isinstance(event, Step):
            next_at += pace
            time.sleep(max(0.0, next_at - time.monotonic()))
        writer.write(event)


if __name__ == "__main__":
    directory = RunDirectory.open(Path(sys.argv[1]))
    with lock.hold(directory.lock):
        _train(directory, int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
