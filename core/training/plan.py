"""Plan: what a run will do, found out before its first step. A plain record; `planning.py` makes one."""

import msgspec

from core import format
from core.encoding.long_text import LongText


class SplitPlan(msgspec.Struct, frozen=True):
    """One split as it will be used."""

    name: str
    """train, validation or test."""
    source: str
    """File or data set it comes from."""
    rows: int
    truncated: int
    """Rows that are not read to the last token."""
    median_tokens: int
    longest_tokens: int
    fingerprint: str = ""
    """Of texts and labels."""
    long: int = 0
    """Rows longer than the maximum length."""
    windows: int = 0
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
    max_length: int
    long_text: LongText = "head"
    """What is read of longer texts."""
    pairs: bool = False
    """Whether each text is two, of the two columns that `text_column` names."""
    train_batch_size: int
    eval_batch_size: int | None = None
    """None: as many texts as the device computes best."""
    learning_rate: float
    max_steps: int
    epochs: float
    steps_per_epoch: int
    eval_steps: int
    evaluations: int
    metric: str
    metric_reason: str = ""
    """Why it was chosen, a sentence; empty where it was asked for, or is the usual one."""
    class_weights: str = "none"
    """none or balanced."""
    patience: int
    patience_from: int = 0
    """Evaluations before this step use no patience."""
    parameters: int
    checkpoint_bytes: int
    """Estimated size of one checkpoint with optimizer state."""
    free_bytes: int
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
