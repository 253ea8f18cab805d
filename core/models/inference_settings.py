"""Handling: what belongs to a classifier beside its weights: what it reads, and what its logits mean."""

from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from core.text.long_text import LongText

FILE = "handling.json"
DEFAULT_THRESHOLD = 0.5
"""The threshold of a label of which nothing is known."""
Decisions = npt.NDArray[Any]
"""Label numbers, shape (texts,); or, of sets of labels, which labels a text has: bool, (texts, labels)."""


class InferenceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Kept with the weights, in checkpoints and in the finished model."""

    temperature: float = 1.0
    """Logits are divided by it; fitted on validation: above 1 where weights are too sure of themselves."""
    thresholds: list[float] | None = None
    """By label number the probability from which on a text has the label; None: it has the most probable."""
    fitted_at: int | None = None
    """Step of the weights that both were fitted for; 0: not fitted yet; None: an earlier version's."""
    long_text: LongText = "head"
    """What is read of a text that is longer than the tokenizer's length."""
    pairs: bool = False
    """Whether each text is two, as `core.text.text_pairs` joins them."""

    @classmethod
    def of(
        cls, labels: int, *, is_multi_label: bool, long_text: LongText = "head", pairs: bool = False
    ) -> Self:
        """That of a classifier of which nothing is known but how many labels it has, and what it reads."""
        thresholds = [DEFAULT_THRESHOLD] * labels if is_multi_label else None
        return cls(thresholds=thresholds, fitted_at=0, long_text=long_text, pairs=pairs)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """That of the classifier in `folder`; that of the weights alone where nothing is kept there.

        Raises:
            msgspec.DecodeError: the file is damaged.
        """
        try:
            return msgspec.json.decode((folder / FILE).read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()

    def write(self, folder: Path) -> None:
        """Keep it in `folder`."""
        (folder / FILE).write_bytes(msgspec.json.encode(self))

    def probabilities(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Of the labels, shape (texts, labels), as are the logits; of sets, each label by itself."""
        scaled = logits / np.float32(self.temperature)
        found: npt.NDArray[np.float32] = (
            softmax(scaled, axis=-1) if self.thresholds is None else expit(scaled)
        )
        return found

    def decide(self, probabilities: npt.NDArray[np.float32]) -> Decisions:
        """Which label, or which of the labels, each text gets.

        Args:
            probabilities: shape (texts, labels).
        """
        found: Decisions = probabilities.argmax(-1)
        return found if self.thresholds is None else probabilities >= np.asarray(self.thresholds)


def label_names(decided: Decisions, labels: Sequence[str]) -> list[list[str]]:
    """The names of the labels that each text got, in the order of `labels`; there may be none."""
    if decided.ndim == 1:
        return [[labels[number]] for number in decided]
    return [list(compress(labels, row)) for row in decided.tolist()]


def labels_as_text(decided: Decisions, labels: Sequence[str]) -> list[str]:
    """What each text got in a word, or several with bars between: "no label" where it got none."""
    return [" | ".join(names) or "no label" for names in label_names(decided, labels)]
