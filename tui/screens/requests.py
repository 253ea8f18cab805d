"""Requests of screens for another screen. They bubble to the app, which opens it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from core.runs.directory import RunDirectory

if TYPE_CHECKING:
    from core.config import RunConfig
    from core.experiments.directory import ExperimentDirectory


class WatchRun(Message):
    """Watch a run."""

    def __init__(self, run: RunDirectory) -> None:
        super().__init__()
        self.run = run


class WatchExperiment(Message):
    """Watch an experiment."""

    def __init__(self, experiment: "ExperimentDirectory") -> None:
        super().__init__()
        self.experiment = experiment


class EvaluateRun(Message):
    """Show the evaluation of a run on its own data."""

    def __init__(self, run: RunDirectory) -> None:
        super().__init__()
        self.run = run


class CompareRuns(Message):
    """Compare runs, and the trained runs of experiments."""

    def __init__(self, chosen: "Sequence[RunDirectory | ExperimentDirectory]") -> None:
        super().__init__()
        self.chosen = chosen


class ShowData(Message):
    """Show the data of a configuration."""

    def __init__(self, config: "RunConfig") -> None:
        super().__init__()
        self.config = config


class NewRun(Message):
    """Open the form for a new run."""
