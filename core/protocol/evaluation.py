"""Answers about how good a model is: a checkpoint against labelled data."""

from typing import Literal

import msgspec

from core.protocol.comparison import TestScores


class LabelScore(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one label, 0 to 1; `support` counts its true rows.

    `threshold` is the probability from which on a text has it, where texts have sets of labels: the one that
    predictions use.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    threshold: float | None = None


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


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Whether probabilities mean what they say, before and after the temperature."""

    temperature: float
    """Fitted on the validation split and kept with the weights; predictions use it."""
    before: Reliability
    """Of the weights alone."""
    after: Reliability


class AverageScore(msgspec.Struct, frozen=True, kw_only=True):
    """Mean over the labels, each counting the same or by its texts; F1 with its 95 % interval (bootstrap)."""

    name: Literal["macro", "weighted"]
    precision: float
    recall: float
    f1: float
    f1_low: float
    f1_high: float


class JudgedText(msgspec.Struct, frozen=True, kw_only=True):
    """A text with its label, and what the model says of it."""

    row: int
    """In the split, from 0."""
    text: str
    """Its beginning where it is very long."""
    label: str
    predicted: str
    probability: float
    """Of the predicted label; of a set that of its least sure label, of none that all are absent."""
    margin: float
    """How far the next label is from that; of a set, how far the closest label is from its threshold."""


class JudgedTexts(msgspec.Struct, frozen=True, kw_only=True):
    """evaluated_texts(run, …, label, predicted, offset): some texts of a cell of the confusion matrix."""

    total: int
    """All that there are in the cell."""
    items: list[JudgedText]
    """The surest first."""


class EvaluationReport(msgspec.Struct, frozen=True, kw_only=True):
    """evaluate(run, which, data, split, …): a checkpoint against labelled data, or its own splits."""

    source: str
    split: str
    """test or validation of the run; file, or the split of a folder or data set, for other data."""
    is_own: bool
    """Whether it is a split of the run itself."""
    examples: int
    step: int
    which: Literal["best", "last"]
    fitted_at: int | None = None
    """Step of the weights that thresholds and temperature were fitted for, as `InferenceSettings` has it."""
    is_fitted_on: bool = False
    """Whether they were fitted on these very texts. Then the calibration error after the temperature is too
    good to be true; each half of the texts is judged by thresholds that were fitted on the other half."""
    loss: float
    """Cross-entropy of the weights alone, as during training."""
    accuracy: float
    """Of sets of labels the share of texts whose whole set is right."""
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    micro_f1: float | None = None
    """Only of sets of labels."""
    labels: list[LabelScore]
    averages: list[AverageScore]
    confusion: list[list[int]] | None
    """Rows: true labels; columns: predicted labels; both in the order of `labels`. None for sets,
    and for very many labels."""
    calibration: Calibration | None
    mistakes: list[JudgedText]
    """The most confident ones first; so many."""
    uncertain: list[JudgedText]
    """Those with the smallest margin, right or wrong; so many."""
    seen: int | None
    """Texts that occur in the training split as well; None where that is not known."""
    unseen: TestScores | None
    """Without those; None where there are none of them, or nothing else."""
    truncated: int
    seconds: float
    """That it took to classify the texts."""
