"""Runs of a tiny model on little data, trained in this process or in one of their own."""

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
    """A tiny model and small data, from which configurations are made."""

    model: Path
    train: Path
    validation: Path
    test: Path

    def values(self, runs_dir: Path, **training: Any) -> Values:
        """Settings of a run of a second: 20 steps, an evaluation every 5."""
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
        """The settings as a configuration, with `layers` laid over them."""
        return build_config(self.values(runs_dir, **training), *layers)


def new_run(config: RunConfig, name: str = "run") -> RunDirectory:
    """A run directory in which no trainer has been yet."""
    run = RunDirectory.create(Path(config.output.runs_dir), name, unique=True)
    run.write_config(config.to_toml())
    return run


def train_here(run: RunDirectory, *, resume: bool = False) -> int:
    """Train in this process; return what would be the exit code of a trainer."""
    from core.training.process import main

    with _same_handler():
        return main(run.path, resume=resume)


def trained(config: RunConfig, name: str = "run") -> RunDirectory:
    """A run that was trained in this process to its end."""
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
    """Of each step of a run, as it was trained last."""
    rates = {item.step: item.learning_rate for item in of_kind(events_of(run), Step)}
    return [rates[step] for step in sorted(rates)]


@contextlib.contextmanager
def _same_handler() -> Iterator[None]:
    """A trainer listens for SIGTERM; the tests do so again afterwards."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
