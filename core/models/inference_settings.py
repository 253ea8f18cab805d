"""Inference settings: saved with a classifier, they say how it reads texts and turns logits into labels."""

from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Any, Literal, Self, get_args

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from core.text.long_text import LongText

FILE = "handling.json"
"""Name of the file beside the weights."""
DEFAULT_THRESHOLD = 0.5
"""The threshold of a label before any is fitted."""
ThresholdMetric = Literal["macro_f1", "micro_f1", "accuracy"]
"""What thresholds maximize; accuracy is the exact match."""
Decisions = npt.NDArray[Any]
"""Label numbers, shape (texts,); multi-label: whether a text has a label, bool, shape (texts, labels)."""


class InferenceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one classifier, in its checkpoints and in the finished model."""

    temperature: float = 1.0
    """Divides the logits; fitted on the validation split. Above 1 where the weights are overconfident."""
    thresholds: list[float] | None = None
    """Multi-label: by label number, the lowest probability at which a text has it; None: one label a text."""
    thresholds_for: ThresholdMetric = "macro_f1"
    """Multi-label: the metric that the thresholds maximize on the validation split."""
    fitted_at: int | None = None
    """Step of the weights that both were fitted for; 0: not fitted yet; None: saved by an earlier version."""
    long_text: LongText = "head"
    """Which part is read of a text that exceeds the maximum length."""
    pairs: bool = False
    """Whether texts are text pairs, as `core.text.text_pairs` joins them."""

    @classmethod
    def of(
        cls,
        labels: int,
        *,
        is_multi_label: bool,
        thresholds_for: ThresholdMetric = "macro_f1",
        long_text: LongText = "head",
        pairs: bool = False,
    ) -> Self:
        """The settings of a classifier with `labels` labels before anything is fitted."""
        thresholds = [DEFAULT_THRESHOLD] * labels if is_multi_label else None
        return cls(
            thresholds=thresholds,
            thresholds_for=thresholds_for,
            fitted_at=0,
            long_text=long_text,
            pairs=pairs,
        )

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the settings of the classifier in `folder`; the defaults where it has none.

        Raises:
            msgspec.DecodeError: the file is damaged.
        """
        try:
            return msgspec.json.decode((folder / FILE).read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()

    def write(self, folder: Path) -> None:
        """Write the settings into `folder`."""
        (folder / FILE).write_bytes(msgspec.json.encode(self))

    def probabilities(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probabilities from logits, both of shape (texts, labels). Multi-label: each label by itself."""
        scaled = logits / np.float32(self.temperature)
        found: npt.NDArray[np.float32] = (
            softmax(scaled, axis=-1) if self.thresholds is None else expit(scaled)
        )
        return found

    def decide(self, probabilities: npt.NDArray[np.float32]) -> Decisions:
        """Decide on the label, or the labels, of each text.

        Args:
            probabilities: shape (texts, labels).
        """
        found: Decisions = probabilities.argmax(-1)
        return found if self.thresholds is None else probabilities >= np.asarray(self.thresholds)


def threshold_metric(selecting: str) -> ThresholdMetric:
    """The metric that thresholds maximize: the one that selects checkpoints; macro F1 if that is the loss."""
    return selecting if selecting in get_args(ThresholdMetric) else "macro_f1"  # type: ignore[return-value]


def label_names(decided: Decisions, labels: Sequence[str]) -> list[list[str]]:
    """Names of the labels of each text, in the order of `labels`; multi-label texts may have none."""
    if decided.ndim == 1:
        return [[labels[number]] for number in decided]
    return [list(compress(labels, row)) for row in decided.tolist()]


def labels_as_text(decided: Decisions, labels: Sequence[str]) -> list[str]:
    """The labels of each text as one string: several are separated by " | ", none is "no label"."""
    return [" | ".join(names) or "no label" for names in label_names(decided, labels)]
