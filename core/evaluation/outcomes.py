"""Outcomes: what a classifier said of every text of a split, kept in a file beside the run."""

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

from core.evaluation.calibration import cross_fitted_thresholds
from core.evaluation.metrics import is_right
from core.files import durable
from core.models.inference_settings import Decisions
from core.problems import Problem


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Predictions on a split, by row of the split.

    Attributes:
        labels: label names by label number.
        label_ids: the true label numbers, int32, shape (texts,); of sets of labels, which labels a text has,
            bool, shape (texts, labels).
        probabilities: float32, shape (texts, labels).
        seen: whether the text occurs in the training split as well, shape (texts,).
        fingerprint: of the split; equal ones have the same texts and labels in the same order.
        step: of the weights.
        seconds: that it takes to classify them, from text to label.
        temperature: that the logits were divided by.
        truncated: how many texts were cut at the maximum length.
        thresholds: of sets of labels: by label number, from which probability on a text has it.
        fitted_at: step of the weights that temperature and thresholds were fitted for.
        is_fitted_on: whether they were fitted on these very texts. It is known to who asks, and not kept.
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
    fitted_at: int | None = None
    is_fitted_on: bool = False

    @property
    def raw_probabilities(self) -> npt.NDArray[np.float64]:
        """As the weights alone give them, without the temperature; shape (texts, labels)."""
        if self.thresholds is not None:
            exact = self.probabilities.astype(np.float64)
            alone: npt.NDArray[np.float64] = expit(logit(exact) * self.temperature)
            return alone
        with np.errstate(divide="ignore"):  # what has no probability has none either way
            logits = np.log(self.probabilities.astype(np.float64)) * self.temperature
        found: npt.NDArray[np.float64] = softmax(logits, axis=-1)
        return found

    @cached_property
    def deciding(self) -> npt.NDArray[np.float64] | None:
        """The thresholds that decide here, shape (labels,); where they were fitted, (texts, labels).

        There each text is judged by thresholds that were fitted on others. None where there are no sets.
        """
        if self.thresholds is None:
            return None
        if self.is_fitted_on:
            return cross_fitted_thresholds(self.probabilities, self.label_ids)
        return np.asarray(self.thresholds)

    @cached_property
    def predicted(self) -> Decisions:
        """Predicted label numbers, shape (texts,), or sets of them, bool, shape (texts, labels)."""
        found: Decisions = self.probabilities.argmax(-1)
        return found if self.deciding is None else self.probabilities >= self.deciding

    @property
    def is_right(self) -> npt.NDArray[np.bool_]:
        """Which texts got their label, or exactly their set of labels, shape (texts,)."""
        return is_right(self.predicted, self.label_ids)

    def write(self, path: Path) -> None:
        """Keep them in `path`, whole or not at all."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        facts = {name: getattr(self, name) for name in _FACTS}
        path.parent.mkdir(mode=0o700, exist_ok=True)
        durable.write_whole(path, save(arrays, {_METADATA: json.dumps(facts)}))

    @classmethod
    def read(cls, path: Path) -> "Outcomes":
        """Those that `write` kept.

        Raises:
            FileNotFoundError: there are none.
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
_FACTS = ("labels", "fingerprint", "step", "seconds", "temperature", "truncated", "thresholds", "fitted_at")
_METADATA = "outcomes"
