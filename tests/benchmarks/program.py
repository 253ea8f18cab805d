"""Run the program as a user does, and read the speed of its runs."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, EventFollower, Launched, RunStarted, Stage, Step
from core.runs.launch import child_environment
from core.runs.plan import Plan
from tests.benchmarks.measuring import Failed, Finished, run

PROGRAM = str(Path(sys.executable).with_name("bertcls-tui"))
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Workplace:
    """A folder for one benchmark: runs, data, and a token cache of its own."""

    folder: Path

    @property
    def runs(self) -> Path:
        """The folder of the runs."""
        return self.folder / "runs"

    @property
    def environment(self) -> dict[str, str]:
        """Environment of the program: the cache of the user is neither read nor filled."""
        return {"XDG_CACHE_HOME": str(self.folder / "cache"), "BERTCLS_RUNS_DIR": str(self.runs)}

    def program(self, *arguments: object) -> Finished:
        """Run `bertcls-tui` to its end."""
        return run([PROGRAM, *map(str, arguments)], self.environment)

    def train(self, data: Path, name: str, *arguments: object) -> tuple[RunDirectory, Finished]:
        """Train a run to its end, without a screen."""
        finished = self.program("train", data, "--headless", "--name", name, *arguments)
        return RunDirectory.open(self.runs / name), finished

    @contextlib.contextmanager
    def training(self, data: Path, name: str, *arguments: object) -> Iterator[RunDirectory]:
        """A run that is training within the block, from its first step on; it is killed afterwards."""
        command = [PROGRAM, "train", data, "--detach", "--name", name, *arguments]
        finished = run([str(part) for part in command], self.environment)
        directory = RunDirectory.open(self.runs / name)
        try:
            while not any(isinstance(event, Step) for event in events_of(directory)):
                if not directory.is_alive:
                    raise Failed(f"the trainer ended before its first step:\n{finished.output}")
                time.sleep(_POLL_SECONDS)
            yield directory
        finally:
            launched = [event for event in events_of(directory) if isinstance(event, Launched)]
            with contextlib.suppress(ProcessLookupError):
                os.killpg(launched[-1].pid, signal.SIGKILL)
            while directory.is_alive:
                time.sleep(_POLL_SECONDS)


class Service:
    """An engine service as the app uses it: it answers one request after the other."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "core.service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment() | environment,
        )
        self._last = 0

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and return its result.

        Raises:
            Failed: the service did not answer, or answered with an error.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._last += 1
        request = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": params}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        while "method" in (reply := json.loads(self.process.stdout.readline() or "{}")):
            pass
        if "result" not in reply:
            raise Failed(f"the engine service did not answer {method}: {reply.get('error')}")
        found: dict[str, Any] = reply["result"]
        return found

    def close(self) -> None:
        """End it."""
        self.process.communicate(timeout=60)


def trainer_command(directory: RunDirectory, *, padded: bool = False) -> list[str]:
    """The command of the trainer of a run alone; with padding if `padded`."""
    if padded:
        return [sys.executable, "-m", "tests.benchmarks.padded_trainer", str(directory.path)]
    return [sys.executable, "-P", "-m", "core.training", str(directory.path)]


def events_of(directory: RunDirectory) -> list[AnyEvent]:
    """The events of a run so far."""
    follower, found = EventFollower(directory.events), list[AnyEvent]()
    while events := follower.read():
        found += events
    return found


@dataclass(frozen=True)
class Speed:
    """The speed of a run. All rates are examples per second."""

    documents: int
    steps: float
    """The rate of the steps alone, without evaluations and checkpoints."""
    steady: float
    """The same, without the first tenth of the steps."""
    wall: float
    """The rate from the plan to the last step, evaluations and checkpoints included."""
    padding: float
    """Fraction of padding, 0 to 1, mean over the steps."""
    packed: bool


def speed_of(directory: RunDirectory) -> Speed:
    """The speed of a run that has ended."""
    events = events_of(directory)
    started = next(event for event in events if isinstance(event, RunStarted))
    steps = [event for event in events if isinstance(event, Step)]
    if not steps:
        raise Failed(f"{directory.name} trained no step; its log is {directory.log}")
    documents = [_documents(started.plan, event.step) for event in steps]
    seconds = [
        count / event.documents_per_second
        for count, event in zip(documents, steps, strict=True)
        if event.documents_per_second
    ]
    warm = len(steps) // 10
    padding = [event.padding or 0.0 for event in steps]
    return Speed(
        documents=sum(documents),
        steps=sum(documents) / sum(seconds),
        steady=sum(documents[warm:]) / sum(seconds[warm:]),
        wall=sum(documents) / (steps[-1].time - started.time),
        padding=sum(padding) / len(padding),
        packed=not any(padding),
    )


def _documents(plan: Plan, step: int) -> int:
    """Examples of a step; the last step of an epoch may have fewer."""
    if step % plan.steps_per_epoch:
        return plan.train_batch_size
    rows = next(split.rows for split in plan.splits if split.name == "train")
    return rows - (plan.steps_per_epoch - 1) * plan.train_batch_size


def stage_seconds(directory: RunDirectory, begin: str, end: str) -> float:
    """Seconds from the start of one stage to the start of another; stages are matched by prefix."""
    stages = [event for event in events_of(directory) if isinstance(event, Stage)]
    times = [next(event.time for event in stages if event.name.startswith(name)) for name in (begin, end)]
    return times[1] - times[0]


def as_arguments(settings: Sequence[str]) -> list[str]:
    """Turn settings such as `training.precision=fp32` into options of `train`."""
    return [part for setting in settings for part in ("--set", setting)]
