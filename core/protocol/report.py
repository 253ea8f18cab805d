"""The answers to `WriteReport` and `Diagnose`, and the facts of a run that reports and model cards show."""

from typing import Any

import msgspec

from core.protocol.comparison import TestScores
from core.protocol.evaluation import LabelScore, Reliability
from core.runs.events import Evaluation, Stopping
from core.runs.plan import Plan
from core.runs.records import Environment
from core.runs.state import RunState


class LossCurve(msgspec.Struct, frozen=True, kw_only=True):
    """The training loss, a point for each `width` steps. All lists have the same length; None is a gap."""

    width: int
    steps: list[float]
    """The middle of the steps of each point."""
    low: list[float | None]
    high: list[float | None]
    smoothed: list[float | None]
    """At the last of its steps."""
    window: int
    """Steps over which the loss is smoothed."""


class TestedSplit(msgspec.Struct, frozen=True, kw_only=True):
    """Results on the test split. Fields that need the predictions are empty if those are missing."""

    evaluation: Evaluation
    scores: TestScores | None = None
    unseen: TestScores | None = None
    """Scores without texts that also occur in the training split; None if there are no such texts."""
    seen: int | None = None
    """Test texts that also occur in the training split."""
    warnings: list[str] = []
    """Baselines that the run is clearly below, a sentence each, as far as they are known."""
    labels: list[LabelScore] = []
    confusion: list[list[int]] = []
    """Rows: true labels; columns: predicted labels."""
    calibrated: Reliability | None = None
    uncalibrated: Reliability | None = None
    """Before temperature scaling; None if the temperature is 1."""
    remark: str = ""
    """Why the predictions are missing, a sentence."""


class RunMarker(msgspec.Struct, frozen=True):
    """An event in the course of a run, after `step`: a changed setting, a pause, a rollback and so on."""

    step: int
    text: str


class SavedModel(msgspec.Struct, frozen=True, kw_only=True):
    """The finished model in `model/`, or until then the best checkpoint."""

    is_finished: bool
    step: int
    bytes: int
    """Size of weights, tokenizer and configuration."""
    inference: dict[str, Any] = msgspec.field(name="handling")
    """`InferenceSettings` as a dictionary; in JSON its name is that of the file, `handling`."""


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report says about a run. Times are in seconds since the epoch."""

    name: str
    path: str
    state: RunState
    error: str
    written_at: float
    """Time of the report."""
    started_at: float | None
    updated_at: float
    """Time of the newest event."""
    elapsed: float | None
    """Seconds between them, even if the clock was set back."""
    host: str
    device: str
    step: int
    epoch: float | None
    plan: Plan | None
    """None if the run ended before it was planned."""
    settings: dict[str, dict[str, Any]]
    """The contents of config.toml."""
    environment: Environment | None
    loss: LossCurve
    evaluations: list[Evaluation]
    """On the validation split, by step."""
    best: Evaluation | None
    """Of the best checkpoint."""
    stopping: Stopping | None
    test: TestedSplit | None
    model: SavedModel | None
    training_seconds: float
    """Of the training steps, without evaluations."""
    evaluation_seconds: float
    """Of all evaluations on the validation split."""
    training_speed: float | None
    """Texts a second, median over the steps."""
    warnings: list[str]
    markers: list[RunMarker] = []
    """In order of time."""


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report that was written."""

    files: list[str]
    facts: RunFacts


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `bertcls-tui doctor`. `ok` is False if it keeps the program from working well."""

    name: str
    value: str
    ok: bool = True
    advice: str = ""


class DoctorReport(msgspec.Struct, frozen=True):
    """This machine: the answer to `Diagnose`."""

    items: list[Diagnosis]
