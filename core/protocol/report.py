"""Answers about one run as a whole: everything a report or a model card says, gathered once."""

from typing import Any

import msgspec

from core.protocol.comparison import TestScores
from core.protocol.evaluation import LabelScore, Reliability
from core.runs.events import Evaluation, Stopping
from core.runs.plan import Plan
from core.runs.records import Environment
from core.runs.state import RunState


class LossCurve(msgspec.Struct, frozen=True, kw_only=True):
    """The training loss, a point for each `width` steps in a row; None is a gap. All lists are as long."""

    width: int
    steps: list[float]
    """The middle of each row of steps."""
    low: list[float | None]
    high: list[float | None]
    smoothed: list[float | None]
    """At the end of each row of steps."""
    window: int
    """Over how many steps the loss is smoothed."""


class TestedSplit(msgspec.Struct, frozen=True, kw_only=True):
    """The test split and the weights that were tested on it. What needs the predictions is empty without."""

    evaluation: Evaluation
    scores: TestScores | None = None
    unseen: TestScores | None = None
    """Without the texts that occur in the training split as well; None where there are none of them."""
    seen: int | None = None
    """How many of its texts occur in the training split as well."""
    labels: list[LabelScore] = []
    confusion: list[list[int]] = []
    """Rows: true labels; columns: predicted labels."""
    calibrated: Reliability | None = None
    uncalibrated: Reliability | None = None
    """Of the weights alone, without the temperature; None where that is 1."""
    remark: str = ""
    """Why the predictions are not there, a sentence."""


class Done(msgspec.Struct, frozen=True):
    """What was done to a run, or what befell it, after `step`."""

    step: int
    text: str


class SealedModel(msgspec.Struct, frozen=True, kw_only=True):
    """The finished model in `model/`, or the best checkpoint while there is none."""

    is_finished: bool
    step: int
    bytes: int
    """Weights, tokenizer, configuration."""
    inference: dict[str, Any] = msgspec.field(name="handling")
    """`InferenceSettings` as a dictionary; in JSON its name is that of the file, `handling`."""


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is to report of a run. Times are seconds since the epoch."""

    name: str
    path: str
    state: RunState
    error: str
    written_at: float
    """When these facts were gathered."""
    started_at: float | None
    updated_at: float
    """Time of the newest event."""
    elapsed: float | None
    """Seconds between them, also where the clock was set back."""
    host: str
    device: str
    step: int
    epoch: float | None
    plan: Plan | None
    """None where the run never got so far."""
    settings: dict[str, dict[str, Any]]
    """What was asked: config.toml."""
    environment: Environment | None
    loss: LossCurve
    evaluations: list[Evaluation]
    """On the validation split, by step."""
    best: Evaluation | None
    """The one that early stopping holds for the best."""
    stopping: Stopping | None
    test: TestedSplit | None
    model: SealedModel | None
    training_seconds: float
    """Of the training steps alone."""
    evaluation_seconds: float
    """Of all evaluations on the validation split."""
    training_speed: float | None
    """Documents a second, median over the steps."""
    warnings: list[str]
    done: list[Done] = []
    """In the order in which it was done."""


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """report(run, output, overwrite): the files that were written, and what they say."""

    files: list[str]
    facts: RunFacts


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """doctor(): what this machine has. `ok` is False where something keeps the program from working."""

    name: str
    value: str
    ok: bool = True
    advice: str = ""


class DoctorReport(msgspec.Struct, frozen=True):
    """All diagnoses."""

    items: list[Diagnosis]
