"""Plan: what a run will do, found out before its first step. A plain record; `planning.py` makes one."""

import math
from typing import Annotated

import msgspec

from core.text import format
from core.text.long_text import LongText

# What events may say; a line that says more is damaged, and no event.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
SelectingMetric = Annotated[str, msgspec.Meta(pattern="^(accuracy|macro_f1|micro_f1|loss)$")]


class SplitPlan(msgspec.Struct, frozen=True):
    """One split as it will be used."""

    name: str
    """train, validation or test."""
    source: str
    """File or data set it comes from."""
    rows: Count
    truncated: Count
    """Rows that are not read to the last token."""
    median_tokens: Count
    longest_tokens: Count
    fingerprint: str = ""
    """Of texts and labels."""
    long: Count = 0
    """Rows longer than the maximum length."""
    windows: Count = 0
    """In how many windows they are read in all; 0 where they are cut."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is derived from configuration, data and model; kept in the first event of a run."""

    model: str
    """Model name as asked."""
    model_source: str
    """Folder or Hub name it is loaded from."""
    labels: list[str]
    is_multi_label: bool = False
    """Whether a text has a set of labels, and not one."""
    label_delimiter: str | None = None
    """What divides the labels of a text in its cell; None where it has one, or a list."""
    text_column: str
    label_column: str
    column_reasons: list[str] = []
    splits: list[SplitPlan]
    max_length: Positive
    long_text: LongText = "head"
    """What is read of longer texts."""
    pairs: bool = False
    """Whether each text is two, of the two columns that `text_column` names."""
    train_batch_size: Positive
    eval_batch_size: Positive | None = None
    """None: as many texts as the device computes best."""
    learning_rate: float
    max_steps: Positive
    epochs: float
    steps_per_epoch: Positive
    eval_steps: Positive
    evaluations: Count
    metric: SelectingMetric
    metric_reason: str = ""
    """Why it was chosen, a sentence; empty where it was asked for, or is the usual one."""
    class_weights: str = "none"
    """none or balanced."""
    patience: Count
    patience_from: Count = 0
    """Evaluations before this step use no patience."""
    parameters: Count
    checkpoint_bytes: Count
    """Estimated size of one checkpoint with optimizer state."""
    free_bytes: Count
    device: str
    precision: str
    seed: int
    warnings: list[str] = []

    @property
    def last_batch_size(self) -> int:
        """Texts in the last step of an epoch, which takes what is left."""
        rows = next((split.rows for split in self.splits if split.name == "train"), 0)
        left = rows - (self.steps_per_epoch - 1) * self.train_batch_size
        return left if 0 < left < self.train_batch_size else self.train_batch_size

    @property
    def metric_name(self) -> str:
        """The metric as people call it."""
        return format.metric(self.metric, is_multi_label=self.is_multi_label)

    @property
    def greater_is_better(self) -> bool:
        """Whether a higher metric is a better one."""
        return self.metric != "loss"


def evaluation_count(max_steps: int, eval_steps: int) -> int:
    """Number of evaluations: one every `eval_steps`, and one at the end."""
    return math.ceil(max_steps / eval_steps)
