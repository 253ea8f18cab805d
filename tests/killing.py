"""Kill trainers at chosen moments, and check what must hold for the run afterwards."""

import contextlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, Evaluation, EventFollower, RunStarted, Warned
from core.runs.launch import child_environment

# Files that appear in a run directory while something is written that must be complete or absent.
TRACES: dict[str, Callable[[RunDirectory], bool]] = {
    "a checkpoint being staged": lambda run: any(checkpoints.staging(run).glob("checkpoint-*")),
    "a checkpoint without its marker": lambda run: bool(
        checkpoints.incomplete(run) - _steps(checkpoints.staging(run))
    ),
    "the model being saved": lambda run: (run.path / ".model.writing").exists(),
    "the finished model": lambda run: (run.model / "bertcls.json").exists(),
    "outcomes of the test": lambda run: run.outcomes.exists(),
}


def _steps(staging: Path) -> set[int]:
    return {int(path.name.partition("-")[2]) for path in staging.glob("checkpoint-*")}


@dataclass(frozen=True)
class Kill:
    """The moment of a kill: `after`, `trace` or `die_at`; `with_writer` kills the checkpoint writer too."""

    after: float | None = None
    """Seconds after the start of the trainer, or after its first step."""
    is_training: bool = False
    """Whether `after` counts from the first step."""
    trace: str | None = None
    """A key of `TRACES`: kill when this appears."""
    die_at: int | None = None
    """Number of the file operation before which the trainer kills itself."""
    with_writer: bool = False

    @property
    def kind(self) -> str:
        """The kind of kill, as shown in tables."""
        if self.trace is not None:
            return self.trace
        if self.is_training:
            return "while it trains"
        return "at any moment" if self.die_at is None else "at an operation on a file"


def random_kills(seed: int, seconds: float, training: float, operations: int = 0) -> Iterator[Kill]:
    """Endless random kills of all kinds.

    Args:
        seed: of the random numbers.
        seconds: duration of the whole run.
        training: seconds from the first step to the end.
        operations: file operations of the whole run; 0 where trainers cannot count them.
    """
    draw = random.Random(seed)
    kinds = ["time", "training", "trace", *["operation"] * (2 if operations else 0)]
    for kind in itertools.cycle(kinds):
        with_writer = draw.random() < 0.5
        match kind:
            case "time":
                yield Kill(after=draw.uniform(0, seconds), with_writer=with_writer)
            case "training":
                yield Kill(after=draw.uniform(0, training), is_training=True, with_writer=with_writer)
            case "trace":
                yield Kill(trace=draw.choice(list(TRACES)), with_writer=with_writer)
            case _:
                yield Kill(die_at=draw.randint(1, operations))


class Trainers:
    """Forks trainers from a process that has loaded the libraries; see trainer_forks.py."""

    def __enter__(self) -> Self:
        script = Path(__file__).with_name("trainer_forks.py")
        self._server = subprocess.Popen(
            [sys.executable, "-P", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=child_environment(),
        )
        assert self._read() == "ready"
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait()
        assert self._server.stdout is not None
        self._server.stdout.close()

    def train(self, run: RunDirectory, kill: Kill | None = None, *, resume: bool = False) -> tuple[int, int]:
        """Run a trainer until it ends or is killed; return its exit code and number of file operations."""
        pid = self.begin(run, resume=resume, die_at=kill.die_at if kill else None)
        if kill is not None and kill.die_at is None:
            kill_when_due(run, pid, kill)
        return self.end()

    def begin(self, run: RunDirectory, *, resume: bool = False, **orders: object) -> int:
        """Start a trainer and return its pid. `orders` may be `die_at`, `halt_at`, and another `log`."""
        assert self._server.stdin is not None
        order = {
            "run": str(run.path),
            "resume": resume,
            "die_at": None,
            "halt_at": None,
            "log": None,
        } | orders
        self._server.stdin.write(json.dumps(order).encode() + b"\n")
        self._server.stdin.flush()
        pid: int = self._read()
        return pid

    def end(self) -> tuple[int, int]:
        """Wait until the trainer has ended; return its exit code and number of file operations."""
        code, operations = self._read()
        return code, operations

    def _read(self) -> Any:
        assert self._server.stdout is not None
        return json.loads(self._server.stdout.readline())


def kill_when_due(run: RunDirectory, pid: int, kill: Kill) -> bool:
    """Kill the trainer `pid`, leader of its process group, when due; return False if it ended before."""
    offset = run.events.stat().st_size if run.events.exists() else 0
    began = None if kill.is_training else time.monotonic()
    # Files from an earlier trainer do not count.
    is_old = kill.trace is not None and TRACES[kill.trace](run)
    while state_of(pid) not in "Z":
        if began is None:
            began = time.monotonic() if _has_stepped(run, offset) else None
        elif kill.after is not None and time.monotonic() - began >= kill.after:
            break
        if kill.trace is not None:
            time.sleep(0.0002)
            is_there = TRACES[kill.trace](run)
            if is_there and not is_old:
                break
            is_old = is_there
        else:
            time.sleep(0.001)
    else:
        return False
    with contextlib.suppress(ProcessLookupError):
        (os.killpg if kill.with_writer else os.kill)(pid, signal.SIGKILL)
    return True


def _has_stepped(run: RunDirectory, offset: int) -> bool:
    """Whether there is a step among the events after byte `offset`."""
    if not run.events.exists():
        return False
    with run.events.open("rb") as file:
        file.seek(offset)
        return b'"kind":"step"' in file.read()


def state_of(pid: int) -> str:
    """The kernel's state of a process: R, S or D running, T halted, Z ended, empty if it does not exist."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return status.rpartition(")")[2].split()[0]


class Witness:
    """Remembers the events and checkpoints of a run, and fails if any of them is lost later."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._seen = b""
        self.checkpoint = 0

    def look(self) -> None:
        """Remember the complete lines of the events and the newest complete checkpoint."""
        content = self._run.events.read_bytes() if self._run.events.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        assert whole.startswith(self._seen), "an event that was read before is missing or has changed"
        self._seen = whole
        newest = checkpoints.current(self._run, "last")
        step = newest.step if newest else 0
        assert step >= self.checkpoint, f"the checkpoint of step {self.checkpoint} is missing"
        self.checkpoint = step


def events_in_order(run: RunDirectory) -> list[AnyEvent]:
    """The events of a run; they must be numbered 1, 2, 3 and so on."""
    follower = EventFollower(run.events)
    events = follower.read()
    assert follower.unreadable == 0
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    return events


def starts_of(events: list[AnyEvent]) -> list[int | None]:
    """The step from which each trainer resumed; None for a start from the beginning."""
    return [event.resumed_from for event in events if isinstance(event, RunStarted)]


def scores_on_test(events: list[AnyEvent]) -> list[Evaluation]:
    """The evaluations of the test split."""
    return [event for event in events if isinstance(event, Evaluation) and event.split == "test"]


def ignored_checkpoints(events: list[AnyEvent]) -> list[str]:
    """The warnings about incomplete checkpoints."""
    return [event.message for event in events if isinstance(event, Warned) and "is ignored" in event.message]
