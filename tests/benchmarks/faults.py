"""What is done to runs, what came of it, and the run that it is done to."""

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
    """What was done again and again, and what came of it. Times are in seconds."""

    kind: str
    tried: int = 0
    survived: int = 0
    lost: int = 0
    """Events that were read once and are gone, or there twice, and complete checkpoints that are gone."""
    again: list[int] = field(default_factory=list)
    """Steps that had to be trained again."""
    noticed: list[float] = field(default_factory=list)
    """From the fault to the state that is shown."""
    resumed: list[float] = field(default_factory=list)
    """From the order to resume, or the end of the fault, to the first new step."""

    @property
    def row(self) -> Row:
        """As a line of the table."""
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
    """A run of seconds: 40 steps, an evaluation every 5, a test split."""
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
    """A run directory in which no trainer has been yet."""
    config = config_of(runs_dir, disk_wait)
    run = RunDirectory.create(runs_dir, name, unique=True)
    run.write_config(config.to_toml())
    return run


def result_of(run: RunDirectory) -> Result:
    """What a finished run is compared by: weights, losses and the number of scores on test.

    Raises:
        AssertionError: its events are not in order.
    """
    events = events_in_order(run)
    weights = (run.model / "model.safetensors").read_bytes()
    return weights, list(read_history(run).steps.loss), len(scores_on_test(events))
