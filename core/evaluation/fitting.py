"""What is fitted on the validation split: the temperature, and of sets of labels the thresholds."""

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from core.evaluation.calibration import fit_temperature
from core.models.inference_settings import UNDECIDED, Decisions, InferenceSettings

LOWEST = 0.1
"""No label is given for a lower probability."""
Floats = npt.NDArray[np.floating[Any]]


def fit(
    inference: InferenceSettings, logits: npt.NDArray[np.float32], truth: Decisions, step: int
) -> InferenceSettings:
    """`inference` with what fits these texts best.

    Args:
        inference: that of the classifier so far.
        logits: shape (texts, labels), of texts that the weights were not trained on.
        truth: their label numbers, shape (texts,), or which labels they have, shape (texts, labels).
        step: of the weights.
    """
    fitted = msgspec.structs.replace(inference, temperature=fit_temperature(logits, truth), fitted_at=step)
    if truth.ndim == 1:
        return fitted
    thresholds = fit_thresholds(fitted.probabilities(logits), truth)
    return msgspec.structs.replace(fitted, thresholds=thresholds)


def decide_unfitted(
    inference: InferenceSettings, logits: npt.NDArray[np.float32], truth: Decisions
) -> Decisions:
    """What is decided of texts by thresholds that were fitted on other ones: see `crossed_thresholds`.

    Without thresholds there is nothing to keep apart.

    Args:
        inference: as `fit` made it for these texts.
        logits: shape (texts, labels).
        truth: as in `fit`.
    """
    probabilities = inference.probabilities(logits)
    if truth.ndim == 1:
        return inference.decide(probabilities)
    decided: Decisions = probabilities >= crossed_thresholds(probabilities, truth)
    return decided


def crossed_thresholds(probabilities: Floats, truth: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """By text the thresholds that may judge it, shape (texts, labels): honest, and never stuck at 0.

    Thresholds fitted on the same texts would make scores look better than they are. So those of every second
    text decide on the others, and the other way round.

    Args:
        probabilities: shape (texts, labels).
        truth: whether a text has a label, shape (texts, labels).
    """
    found = np.empty(truth.shape)
    for one, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        found[other] = fit_thresholds(probabilities[one], truth[one])
    return found


def fit_thresholds(probabilities: Floats, truth: npt.NDArray[Any]) -> list[float]:
    """For each label the threshold of the best F1, half-way between two probabilities, and at least a tenth.

    Without that bound a label that the classifier knows nothing of would be given to almost every text, which
    is the best that can be done for its F1 (Z. Lipton et al., Optimal Thresholding of Classifiers to Maximize
    F1 Measure, 2014). A label that none of the texts has, or none with so high a probability, gets one half.

    Args:
        probabilities: shape (texts, labels).
        truth: whether a text has a label, shape (texts, labels).
    """
    return [_threshold(found, has) for found, has in zip(probabilities.T, truth.T, strict=True)]


def _threshold(probabilities: Floats, has_label: npt.NDArray[np.bool_]) -> float:
    positives = int(has_label.sum())
    if not positives or not np.isfinite(probabilities).all():
        return UNDECIDED
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order].astype(np.float64)
    hits = np.cumsum(has_label[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + positives)
    after = np.append(ranked[1:], 0.0)
    # Equal probabilities are on the same side of any threshold.
    best = int(np.argmax(np.where((ranked > after) & (ranked >= LOWEST), f1, 0.0)))
    is_useful = ranked[best] >= LOWEST and hits[best] > 0
    return max(LOWEST, float((ranked[best] + after[best]) / 2)) if is_useful else UNDECIDED
