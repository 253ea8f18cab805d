"""Outcomes: the predictions of a classifier on a split, saved in a file of the run."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from scipy.special import expit, logit, softmax

from core.evaluation.metrics import is_right
from core.evaluation.thresholds import cross_fitted_thresholds
from core.files import durable
from core.models.inference_settings import Decisions, ThresholdMetric
from core.problems import Problem


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Predictions on a split, in the order of its rows.

    Attributes:
        labels: label names by label number.
        label_ids: the true label numbers, int32, shape (texts,); multi-label: whether a text has a label,
            bool, shape (texts, labels).
        probabilities: float32, shape (texts, labels).
        seen: whether the text also occurs in the training split, shape (texts,).
        fingerprint: of the split; equal fingerprints mean the same texts and labels in the same order.
        step: of the weights.
        seconds: time of the predictions, from text to label.
        temperature: by which the logits were divided.
        truncated: number of texts that were cut at the maximum length.
        thresholds: multi-label: by label number, the lowest probability at which a text has it.
        thresholds_for: the metric that the thresholds maximize on validation.
        fitted_at: step of the weights that temperature and thresholds were fitted for.
        loss: mean cross-entropy of the logits, without the temperature; None where it was not computed.
        is_fitted_on: whether they were fitted on these texts. Set by the caller, not saved.
    """

    labels: list[str]
    label_ids: Decisions
    probabilities: npt.NDArray[np.float32]
    seen: npt.NDArray[np.bool_]
    fingerprint: str
    step: int
    seconds: float
    temperature: float = 1.0
    truncated: int = 0
    thresholds: list[float] | None = None
    thresholds_for: ThresholdMetric = "macro_f1"
    fitted_at: int | None = None
    loss: float | None = None
    is_fitted_on: bool = False

    @property
    def raw_probabilities(self) -> npt.NDArray[np.float64]:
        """Probabilities without the temperature, shape (texts, labels)."""
        if self.thresholds is not None:
            exact = self.probabilities.astype(np.float64)
            alone: npt.NDArray[np.float64] = expit(logit(exact) * self.temperature)
            return alone
        with np.errstate(divide="ignore"):  # log(0): a probability of 0 stays 0
            logits = np.log(self.probabilities.astype(np.float64)) * self.temperature
        found: npt.NDArray[np.float64] = softmax(logits, axis=-1)
        return found

    @cached_property
    def deciding(self) -> npt.NDArray[np.float64] | None:
        """Thresholds that decide, shape (labels,); None unless multi-label.

        On the texts that they were fitted on, each text has its own: shape (texts, labels), see
        `cross_fitted_thresholds`.
        """
        if self.thresholds is None:
            return None
        if self.is_fitted_on:
            return cross_fitted_thresholds(self.probabilities, self.label_ids, self.thresholds_for)
        return np.asarray(self.thresholds)

    @cached_property
    def predicted(self) -> Decisions:
        """Predicted label numbers, shape (texts,); multi-label: bool, shape (texts, labels)."""
        found: Decisions = self.probabilities.argmax(-1)
        return found if self.deciding is None else self.probabilities >= self.deciding

    @property
    def is_right(self) -> npt.NDArray[np.bool_]:
        """Whether the label, or exactly the label set, of each text was predicted, shape (texts,)."""
        return is_right(self.predicted, self.label_ids)

    def write(self, path: Path) -> None:
        """Write the outcomes to `path`, completely or not at all."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        facts = {name: getattr(self, name) for name in _FACTS}
        path.parent.mkdir(mode=0o700, exist_ok=True)
        durable.write_whole(path, save(arrays, {_METADATA: json.dumps(facts)}))

    @classmethod
    def read(cls, path: Path) -> "Outcomes":
        """Read outcomes that `write` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            Problem: the file is damaged.
        """
        if not path.is_file():
            raise FileNotFoundError(path)
        try:
            with safe_open(path, "numpy") as file:
                arrays: dict[str, Any] = {name: file.get_tensor(name) for name in _ARRAYS}
                facts: dict[str, Any] = json.loads((file.metadata() or {})[_METADATA])
            return cls(**arrays, **facts)
        except (SafetensorError, ValueError, LookupError, TypeError) as error:
            raise Problem(f"these predictions cannot be read ({error})", where=str(path)) from error


_ARRAYS = ("label_ids", "probabilities", "seen")
_FACTS = (
    "labels",
    "fingerprint",
    "step",
    "seconds",
    "temperature",
    "truncated",
    "thresholds",
    "thresholds_for",
    "fitted_at",
    "loss",
)
_METADATA = "outcomes"
