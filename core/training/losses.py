"""The training loss: cross-entropy of one label a text, or of each label of a set, with class weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from core.data.labels.label_sets import LabelIds, LabelSets, count_labels

if TYPE_CHECKING:
    from core.training.planning import Prepared

# With several labels a text, the largest weight, and the inverse of the smallest: otherwise a label with a
# handful of texts would dominate every step.
_LARGEST = 10.0


class TrainingLoss:
    """The loss of the examples of one micro-batch.

    It is a mean over examples, also with class weights. So each example counts alike however its batch is
    divided, and however rare the labels in a micro-batch happen to be.

    Args:
        is_multi_label: whether each label is decided by itself.
        weights: of labels, shape (labels,). With one label a text they weight its examples; with sets of
            labels they weight the examples that have the label, and the others count once.
    """

    def __init__(self, *, is_multi_label: bool = False, weights: Tensor | None = None) -> None:
        self._is_multi_label = is_multi_label
        self._weights = weights

    @classmethod
    def of(cls, prepared: Prepared, device: torch.device) -> TrainingLoss:
        """Return the loss of a run."""
        label_ids, plan = prepared.encoded["train"].label_ids, prepared.plan
        weights = None
        if plan.class_weights == "balanced":
            weights = torch.from_numpy(balanced_weights(label_ids, len(plan.labels))).to(device)
        return cls(is_multi_label=plan.is_multi_label, weights=weights)

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss, shape ().

        Args:
            logits: shape (examples, labels).
            targets: from `as_targets`.
        """
        return self._cross_entropy(logits, targets, self._weights)

    def shown(self, logits: Tensor, targets: Tensor, loss: Tensor) -> Tensor:
        """Return the loss to display, shape (): without class weights, comparable with that on validation."""
        if self._weights is None:
            return loss.detach()
        with torch.no_grad():
            return self._cross_entropy(logits, targets, None)

    def _cross_entropy(self, logits: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
        if self._is_multi_label:
            return binary_cross_entropy_with_logits(logits, targets, pos_weight=weights)
        return cross_entropy(logits, targets, weights, reduction="sum") / len(targets)


def label_shares(prepared: Prepared) -> npt.NDArray[np.float64]:
    """Return the share of each label in the training examples, class weights included; never quite 0 or 1."""
    label_ids, plan = prepared.encoded["train"].label_ids, prepared.plan
    counts = np.clip(count_labels(label_ids, len(plan.labels)), 1, max(1, len(label_ids) - 1))
    weights = balanced_weights(label_ids, len(plan.labels)) if plan.class_weights == "balanced" else 1.0
    odds = weights * counts / np.maximum(1, len(label_ids) - counts)
    found: npt.NDArray[np.float64] = odds / (1 + odds)
    return found


def as_targets(label_ids: npt.NDArray[np.int32] | npt.NDArray[np.bool_]) -> Tensor:
    """Return label numbers as int64, shape (examples,); label sets as float32, shape (examples, labels)."""
    return torch.from_numpy(label_ids.astype(np.float32 if label_ids.ndim == 2 else np.int64))


def balanced_weights(label_ids: LabelIds, labels: int) -> npt.NDArray[np.float32]:
    """Return weights with which all labels count alike, shape (labels,).

    With one label a text: examples / (labels x examples of the label), whose mean over the examples is 1
    (G. King and L. Zeng, Logistic Regression in Rare Events Data, 2001; "balanced" of scikit-learn). With
    several labels a text: examples without the label / examples with it, at most 10 and at least a tenth.
    """
    counts = np.maximum(1, count_labels(label_ids, labels))
    if isinstance(label_ids, LabelSets):
        weights = np.clip((len(label_ids) - counts) / counts, 1 / _LARGEST, _LARGEST)
    else:
        weights = len(label_ids) / (labels * counts)
    found: npt.NDArray[np.float32] = weights.astype(np.float32)
    return found
