"""Stand-ins for the trainer, which trains nothing, and for the experiment process that launches it.

`python light_trainer.py experiment EXPERIMENT` is the experiment process,
`python light_trainer.py run RUN [--resume]` is a trainer. A model called `broken` fails. One called `slow`
trains until the file `go` is in its run directory.
"""

import logging
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from core.experiments import process
from core.files import lock
from core.runs.commands import CommandReader
from core.runs.directory import RunDirectory
from core.runs.events import Acknowledged, EventWriter, Launched, RunEnded, RunStarted, Step
from core.runs.history import read_history
from core.runs.plan import Plan

STEPS = 5


def plan_of(model: str) -> Plan:
    """A plan with few steps."""
    return Plan(
        model=model,
        model_source=model,
        labels=["bad", "good"],
        text_column="text",
        label_column="label",
        splits=[],
        max_length=48,
        train_batch_size=8,
        learning_rate=1e-3,
        max_steps=STEPS,
        epochs=1.0,
        steps_per_epoch=5,
        eval_steps=5,
        evaluations=1,
        metric="accuracy",
        patience=5,
        parameters=1000,
        checkpoint_bytes=1,
        free_bytes=10**9,
        device="cpu",
        precision="fp32",
        seed=42,
    )


def train(run: RunDirectory, *, resume: bool) -> None:
    """Write the events of a run. Stop after the current step when asked to."""
    model = tomllib.loads(run.config.read_text())["model"]["name"]
    events, commands = EventWriter(run.events), CommandReader(run.commands)
    before = read_history(run).step
    events.write(Launched(pid=os.getpid()))
    start = before if resume else None
    events.write(
        RunStarted(plan=plan_of(model), pid=os.getpid(), host="here", device_name="cpu", resumed_from=start)
    )
    step = before
    while step < STEPS or (model == "slow" and not (run.path / "go").exists()):
        if model == "broken":
            events.write(RunEnded(reason="failed", step=step, error="it broke."))
            return
        step += 1
        events.write(Step(step=step, epoch=1.0, loss=0.5, learning_rate=1e-3, documents_per_second=10.0))
        time.sleep(0.01)
        for command in commands.read():
            events.write(Acknowledged(id=command.id, name=command.name, step=step))
            if command.name == "stop":
                events.write(RunEnded(reason="stopped", step=step))
                return
    events.write(RunEnded(reason="finished", step=step))


def launch(run: RunDirectory, *, resume: bool = False) -> subprocess.Popen[bytes]:
    """Replace `core.runs.launch.launch`."""
    command = [sys.executable, __file__, "run", str(run.path), *["--resume"] * resume]
    return subprocess.Popen(command, start_new_session=True)


if __name__ == "__main__":
    path = Path(sys.argv[2])
    if sys.argv[1] == "experiment":
        logging.basicConfig(level=logging.INFO)
        process.launch = launch
        sys.exit(process.main(path))
    with lock.hold(RunDirectory(path).lock):
        train(RunDirectory.open(path), resume="--resume" in sys.argv)
