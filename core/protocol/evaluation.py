"""The answers to `Evaluate` and `ReadTexts`: a checkpoint on labelled data."""

from typing import Literal

import msgspec

from core.protocol.comparison import TestScores


class LabelScore(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one label, 0 to 1."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    """Texts that have the label."""
    threshold: float | None = None
    """With several labels a text: predictions have the label from this probability on."""


class ReliabilityBin(msgspec.Struct, frozen=True, kw_only=True):
    """The texts whose predicted label has a probability from `low` to `high`."""

    low: float
    high: float
    count: int
    confidence: float
    """Mean probability of the predicted label."""
    accuracy: float


class Reliability(msgspec.Struct, frozen=True, kw_only=True):
    """Accuracy by confidence."""

    bins: list[ReliabilityBin]
    """From low to high probability, without empty ones."""
    ece: float
    """Expected calibration error: mean distance of confidence and accuracy, 0 to 1."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Reliability before and after temperature scaling."""

    temperature: float
    """Fitted on the validation split, saved with the model, and used by predictions."""
    before: Reliability
    after: Reliability


class AverageScore(msgspec.Struct, frozen=True, kw_only=True):
    """Mean over the labels, equally weighted or by support. F1 has a 95 % bootstrap interval."""

    name: Literal["macro", "weighted"]
    precision: float
    recall: float
    f1: float
    f1_low: float
    f1_high: float


class JudgedText(msgspec.Struct, frozen=True, kw_only=True):
    """A text with its true and its predicted label."""

    row: int
    """In the split, from 0."""
    text: str
    """Shortened if very long."""
    label: str
    predicted: str
    probability: float
    """Of the predicted label; of several labels the lowest; of none, that all labels are absent."""
    margin: float
    """Distance to the second most probable label; with several labels a text, of the closest label to its
    threshold."""


class JudgedTexts(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the texts in a cell of the confusion matrix."""

    total: int
    """All texts in the cell."""
    items: list[JudgedText]
    """By falling probability."""


class EvaluationReport(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint evaluated on labelled data: the answer to `Evaluate`."""

    source: str
    split: str
    """test or validation of the run; for other data "file", or the split of the folder or data set."""
    is_own: bool
    """Whether it is a split of the run."""
    examples: int
    step: int
    which: Literal["best", "last"]
    fitted_at: int | None = None
    """Step of the weights that temperature and thresholds were fitted for; see `InferenceSettings`."""
    is_fitted_on: bool = False
    """Whether they were fitted on these texts. If so, the calibration error after temperature scaling is
    optimistic, and each half of the texts is judged by thresholds fitted on the other half."""
    loss: float
    """Cross-entropy without temperature, as in training."""
    calibrated_loss: float | None = None
    """Cross-entropy of the probabilities, with temperature."""
    accuracy: float
    """With several labels a text: the share of texts whose labels are all right."""
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    micro_f1: float | None = None
    """With several labels a text only."""
    averaged_labels: int | None = None
    """Number of labels over which macro F1 is the mean: those that the texts have or were given."""
    true_labels: float | None = None
    """With several labels a text: their mean number."""
    predicted_labels: float | None = None
    """The mean number of predicted ones."""
    thresholds_for: str | None = None
    """With several labels a text: the metric that the thresholds maximize on validation."""
    warnings: list[str] = []
    """Baselines that the checkpoint is clearly below, a sentence each, as far as they are known."""
    labels: list[LabelScore]
    averages: list[AverageScore]
    confusion: list[list[int]] | None
    """Rows: true labels; columns: predicted labels; both in the order of `labels`. None with several labels a
    text, and with very many labels."""
    calibration: Calibration | None
    """None with several labels a text."""
    mistakes: list[JudgedText]
    """The most confident ones, by falling probability."""
    uncertain: list[JudgedText]
    """The texts with the smallest margin, right or wrong."""
    seen: int | None
    """Texts that also occur in the training split, or, for data that are no split of the run, in training or
    validation; None if that is unknown."""
    unseen: TestScores | None
    """Scores without those texts; None if there are none, or no others."""
    truncated: int
    """Texts that were not read to their end."""
    seconds: float
    """Time of classifying the texts."""
    reasons: list[str] = []
    """What was assumed about data that are no split of the run, one sentence each."""
