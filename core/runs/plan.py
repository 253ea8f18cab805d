"""Plan: everything a run will do, decided before its first step. core/training/planning.py makes it."""

import math
from typing import Annotated

import msgspec

from core.text import format
from core.text.long_text import LongText

# Ranges of values in events. A line with a value outside of them is damaged and skipped.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
SelectingMetric = Annotated[str, msgspec.Meta(pattern="^(accuracy|macro_f1|micro_f1|loss)$")]


class SplitPlan(msgspec.Struct, frozen=True):
    """One split, as training uses it."""

    name: str
    """train, validation or test."""
    source: str
    """File or data set it is read from."""
    rows: Count
    truncated: Count
    """Rows of which some tokens are not read."""
    median_tokens: Count
    longest_tokens: Count
    fingerprint: str = ""
    """SHA-256 of texts and labels."""
    long: Count = 0
    """Rows longer than the maximum length."""
    windows: Count = 0
    """Number of windows that the long rows are read in; 0 if they are cut."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything derived from configuration, data and model; recorded in `run_started` events."""

    model: str
    """Model name from the configuration."""
    model_source: str
    """Folder or Hub name that it is loaded from."""
    model_reasons: list[str] = []
    """What was assumed about the model, a sentence each."""
    labels: list[str]
    is_multi_label: bool = False
    """Whether a text can have several labels."""
    label_delimiter: str | None = None
    """Separator of labels within a cell; None if a cell has one label or a list."""
    names_by_number: dict[str, str] = {}
    """What labels that are numbers mean in other data, where the training data declare it."""
    text_column: str
    label_column: str
    column_reasons: list[str] = []
    splits: list[SplitPlan]
    max_length: Positive
    long_text: LongText = "head"
    """Which part of longer texts is read."""
    pairs: bool = False
    """Whether each example is a text pair, from the two columns that `text_column` names."""
    train_batch_size: Positive
    eval_batch_size: Positive | None = None
    """None: chosen by the device."""
    learning_rate: float
    default_learning_rate: float | None = None
    """Of the model, where none is configured; None in runs of earlier versions."""
    max_steps: Positive
    epochs: float
    steps_per_epoch: Positive
    eval_steps: Positive
    evaluations: Count
    metric: SelectingMetric
    metric_reason: str = ""
    """Why the metric was chosen, as a sentence; empty if configured or the default."""
    class_weights: str = "none"
    """none or balanced."""
    early_stopping: bool = True
    """Whether training ends when patience has run out."""
    patience: Count
    patience_from: Count = 0
    """Evaluations before this step do not count against patience."""
    ties_by_loss: bool = False
    """Whether of equal values of the metric that with the lower loss is better; in older runs, the first."""
    parameters: Count
    checkpoint_bytes: Count
    """Estimated size of one checkpoint, optimizer state included."""
    free_bytes: Count
    device: str
    precision: str
    seed: int
    warnings: list[str] = []

    @property
    def last_batch_size(self) -> int:
        """Examples in the last step of an epoch, which may be smaller."""
        rows = next((split.rows for split in self.splits if split.name == "train"), 0)
        left = rows - (self.steps_per_epoch - 1) * self.train_batch_size
        return left if 0 < left < self.train_batch_size else self.train_batch_size

    @property
    def earliest_stop(self) -> int | None:
        """The first step at which early stopping can act before the end; None if it cannot."""
        # The first evaluation is always a best, and stopping at the last one saves nothing.
        step = stopping_step(self.eval_steps, self.patience, self.eval_steps, self.patience_from)
        return step if self.early_stopping and step < self.max_steps else None

    @property
    def metric_name(self) -> str:
        """Display name of the metric."""
        return format.metric(self.metric, is_multi_label=self.is_multi_label)

    @property
    def greater_is_better(self) -> bool:
        """Whether higher is better."""
        return self.metric != "loss"


def evaluation_count(max_steps: int, eval_steps: int) -> int:
    """Return the number of evaluations: one every `eval_steps`, and one at the end."""
    return math.ceil(max_steps / eval_steps)


def stopping_step(step: int, left: int, eval_steps: int, patience_from: int) -> int:
    """Return the step at which early stopping acts when no evaluation after `step` is a new best.

    Args:
        step: of the last evaluation.
        left: patience that is left, in evaluations.
        eval_steps: steps between evaluations.
        patience_from: evaluations before this step use no patience.
    """
    first = max(step // eval_steps + 1, math.ceil(patience_from / eval_steps))
    return (first + left - 1) * eval_steps
