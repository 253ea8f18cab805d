"""Runs of a tiny model on small data, trained in this process."""

import contextlib
import hashlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from core.config import RunConfig, Values, build_config
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, EventFollower, Step
from core.runs.history import read_history

T = TypeVar("T")


@dataclass(frozen=True)
class Small:
    """A tiny model and small data, with configurations of runs on them."""

    model: Path
    train: Path
    validation: Path
    test: Path

    def values(self, runs_dir: Path, **training: Any) -> Values:
        """Settings of a run that takes a second: 20 steps, an evaluation every 5."""
        return {
            "data": {"train": str(self.train), "validation": str(self.validation)},
            "model": {"name": str(self.model), "max_length": 48},
            "training": {
                "max_steps": 20,
                "eval_steps": 5,
                "learning_rate": 1e-3,
                "precision": "fp32",
                "device": "cpu",
                **training,
            },
            "output": {"runs_dir": str(runs_dir)},
        }

    def config(self, runs_dir: Path, *layers: Values, **training: Any) -> RunConfig:
        """The configuration of these settings; `layers` override them."""
        return build_config(self.values(runs_dir, **training), *layers)


def new_run(config: RunConfig, name: str = "run") -> RunDirectory:
    """Make a run directory that has not been trained yet."""
    run = RunDirectory.create(Path(config.output.runs_dir), name, unique=True)
    run.write_config(config.to_toml())
    return run


def train_here(run: RunDirectory, *, resume: bool = False) -> int:
    """Train in this process; return the exit code of the trainer."""
    from core.training.process import main

    with _handler_restored():
        return main(run.path, resume=resume)


def trained(config: RunConfig, name: str = "run") -> RunDirectory:
    """Train a new run to its end in this process."""
    run = new_run(config, name)
    assert train_here(run) == 0, read_history(run).ended
    return run


def events_of(run: RunDirectory) -> list[AnyEvent]:
    """All events of a run."""
    follower = EventFollower(run.events)
    events = follower.read()
    assert follower.unreadable == 0
    return events


def of_kind(events: list[AnyEvent], kind: type[T]) -> list[T]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def weights(folder: Path) -> str:
    """Checksum of the weights in a folder."""
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def losses(run: RunDirectory) -> list[float]:
    """Training losses of a run, step by step."""
    return list(read_history(run).steps.loss)


def learning_rates(run: RunDirectory) -> list[float]:
    """The learning rate of each step; of a repeated step, the latest."""
    rates = {item.step: item.learning_rate for item in of_kind(events_of(run), Step)}
    return [rates[step] for step in sorted(rates)]


@contextlib.contextmanager
def _handler_restored() -> Iterator[None]:
    """Restore the handler of SIGTERM that the trainer replaces."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
