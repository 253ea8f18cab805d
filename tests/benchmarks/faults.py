"""Faults done to runs, their results, and the run that they are done to."""

import statistics
from dataclasses import dataclass, field
from pathlib import Path

from core.config import RunConfig, build_config
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.runs.start import SAMPLE_DATA
from tests.benchmarks.report import Row
from tests.killing import events_in_order, scores_on_test

Result = tuple[bytes, list[float], int]


@dataclass
class Fault:
    """A repeated fault and its results. Times are in seconds."""

    kind: str
    tried: int = 0
    survived: int = 0
    lost: int = 0
    """Lost or duplicated events, and lost complete checkpoints."""
    again: list[int] = field(default_factory=list)
    """Steps that had to be repeated, for each fault."""
    noticed: list[float] = field(default_factory=list)
    """Seconds from each fault to the state that shows it."""
    resumed: list[float] = field(default_factory=list)
    """Seconds from each resume, or from the end of the fault, to the first new step."""

    @property
    def row(self) -> Row:
        """The row of the table."""
        return {
            "fault": self.kind,
            "tried": self.tried,
            "survived": self.survived,
            "data_lost": self.lost,
            "steps_trained_again": statistics.median(self.again) if self.again else None,
            "seconds_to_notice": statistics.median(self.noticed) if self.noticed else None,
            "slowest_notice": max(self.noticed, default=None),
            "seconds_to_resume": statistics.median(self.resumed) if self.resumed else None,
            "slowest_resume": max(self.resumed, default=None),
        }


def config_of(runs_dir: Path, disk_wait: float) -> RunConfig:
    """The configuration of a run that takes seconds: 40 steps, an evaluation every 5, a test split."""
    return build_config(
        {
            "data": {
                "train": str(SAMPLE_DATA / "reviews_train.csv"),
                "test": str(SAMPLE_DATA / "reviews_test.csv"),
            },
            "model": {"name": "cnn", "vocabulary": 1000, "max_length": 64},
            "training": {"max_steps": 40, "eval_steps": 5, "precision": "fp32", "device": "cpu"},
            "stopping": {"patience": 8},
            "output": {"runs_dir": str(runs_dir), "disk_wait": disk_wait},
        }
    )


def new_run(runs_dir: Path, name: str, disk_wait: float = 3600.0) -> RunDirectory:
    """Make a run directory that has not been trained yet."""
    config = config_of(runs_dir, disk_wait)
    run = RunDirectory.create(runs_dir, name, unique=True)
    run.write_config(config.to_toml())
    return run


def result_of(run: RunDirectory) -> Result:
    """The facts by which finished runs are compared: weights, losses and the number of test scores.

    Raises:
        AssertionError: its events are not in order.
    """
    events = events_in_order(run)
    weights = (run.model / "model.safetensors").read_bytes()
    return weights, list(read_history(run).steps.loss), len(scores_on_test(events))
