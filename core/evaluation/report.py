"""A checkpoint against labelled data: the report that `bertcls-tui evaluate` shows."""

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support

from core.data.splits import Split
from core.evaluation.metrics import score
from core.prediction.predictor import Predictor
from core.protocol import EvaluationReport, LabelScore


def evaluate(predictor: Predictor, split: Split, on_progress: Callable[[int, int], None]) -> EvaluationReport:
    """Classify labelled data and compare.

    Args:
        predictor: the checkpoint.
        split: the data; its label numbers count in the labels of the checkpoint.
        on_progress: is told how many texts are done, of how many.
    """
    began = time.perf_counter()
    logits, truncated = _classify(predictor, split, on_progress)
    labels = split.label_ids
    every = np.arange(len(predictor.labels))
    predicted = logits.argmax(axis=1)
    scores = score(predicted, labels)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=every, zero_division=0.0
    )
    return EvaluationReport(
        source=split.source,
        split=split.name,
        examples=len(split),
        step=predictor.source.step,
        which=predictor.source.which,
        loss=float(log_loss(labels, softmax(logits.astype(np.float64), axis=1), labels=every)),
        accuracy=scores.accuracy,
        accuracy_low=scores.accuracy_low,
        accuracy_high=scores.accuracy_high,
        macro_f1=scores.macro_f1,
        labels=[
            LabelScore(
                label=label,
                precision=float(precision[index]),
                recall=float(recall[index]),
                f1=float(f1[index]),
                support=int(support[index]),
            )
            for index, label in enumerate(predictor.labels)
        ],
        confusion=confusion_matrix(labels, predicted, labels=every).tolist(),
        truncated=truncated,
        seconds=time.perf_counter() - began,
    )


def _classify(
    predictor: Predictor, split: Split, on_progress: Callable[[int, int], None]
) -> tuple[npt.NDArray[np.float32], int]:
    """Logits, shape (texts, labels), and how many texts were cut."""
    found, truncated, done = [], 0, 0

    def tell(now: int) -> None:
        on_progress(done + now, len(split))

    for texts in split.texts.chunks():
        output = predictor.predict(texts, tell)
        found.append(output.logits)
        truncated += int(output.truncated.sum())
        done += len(texts)
    return np.concatenate(found), truncated
