"""Answers about how good a model is: a checkpoint against labelled data."""

from typing import Literal

import msgspec


class LabelScore(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one label, 0 to 1; `support` counts its true rows."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


class ReliabilityBin(msgspec.Struct, frozen=True, kw_only=True):
    """The texts whose predicted label has a probability in one range, 0 to 1."""

    low: float
    high: float
    count: int
    confidence: float
    """Mean probability of the predicted label."""
    accuracy: float


class Reliability(msgspec.Struct, frozen=True, kw_only=True):
    """How often predictions are right beside how sure they are."""

    bins: list[ReliabilityBin]
    """From the least sure to the surest, those with texts."""
    ece: float
    """Expected calibration error: mean distance of confidence and accuracy, 0 to 1."""


class EvaluationReport(msgspec.Struct, frozen=True, kw_only=True):
    """evaluate(run, data, which, …): a checkpoint against labelled data."""

    source: str
    split: str
    examples: int
    step: int
    which: Literal["best", "last"]
    loss: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    labels: list[LabelScore]
    confusion: list[list[int]]
    """Rows: true labels; columns: predicted labels; both in the order of `labels`."""
    truncated: int
    seconds: float
