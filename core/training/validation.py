"""Evaluations on the validation split: figures, early stopping's verdict, and the pinned texts."""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from core.encoding.encoder import Encoder
from core.evaluation.calibration import decide_cross_fitted, fit_inference
from core.evaluation.metrics import mean_loss, score
from core.models.inference_settings import Decisions, InferenceSettings, threshold_metric
from core.models.logits import compute_logits
from core.runs import probes
from core.runs.directory import RunDirectory
from core.runs.events import Evaluation, EventWriter, Probed
from core.text.text_pairs import split
from core.training.early_stopping import EarlyStopping
from core.training.learner import Learner
from core.training.planning import Prepared
from core.training.recorder import NotFiniteError, finite


@dataclass(frozen=True)
class Figures:
    """The figures of one evaluation."""

    loss: float
    scores: dict[str, Any]
    """Accuracy with its interval, macro F1 and micro F1, by their names in events."""
    seconds: float

    @classmethod
    def of(
        cls, logits: npt.NDArray[np.float32], truth: Decisions, decided: Decisions, seconds: float
    ) -> "Figures":
        """Compare what was decided with what is true.

        Args:
            logits: shape (texts, labels).
            truth: the labels of the texts.
            decided: the labels that they were given.
            seconds: that classifying took.
        """
        return cls(mean_loss(logits, truth), vars(score(decided, truth)), seconds)

    def event(self, *, step: int, split: str, examples: int, requested: bool = False) -> Evaluation:
        """Return the figures as an event."""
        return Evaluation(
            step=step,
            split=split,
            examples=examples,
            loss=finite(self.loss),
            seconds=self.seconds,
            requested=requested,
            **self.scores,
        )


class Validator:
    """Evaluates the model in training.

    Args:
        run: names the pinned texts.
        events: of the run.
        prepared: plan and encoded texts.
        learner: has the model.
        stopping: judges each evaluation.
        inference: settings that go with the weights; each evaluation fits them again.
    """

    def __init__(
        self,
        run: RunDirectory,
        events: EventWriter,
        prepared: Prepared,
        learner: Learner,
        stopping: EarlyStopping,
        inference: InferenceSettings,
    ) -> None:
        self._run = run
        self._events = events
        self._learner = learner
        self._stopping = stopping
        self._validation = prepared.encoded["validation"]
        # Checkpoints of earlier versions name no metric, but are continued as the plan says.
        self._thresholds_for = threshold_metric(stopping.metric)
        self.inference = inference
        plan, self._pairs = prepared.plan, prepared.plan.pairs
        self._encoder = Encoder(prepared.tokenizer, plan.max_length, plan.long_text, pairs=self._pairs)
        self._bf16 = prepared.plan.precision == "bf16"

    def evaluate(self, step: int, *, requested: bool) -> None:
        """Evaluate the weights of `step`, let early stopping judge, and write the events of both.

        Args:
            step: the last one that was trained.
            requested: a person asked for it, so it uses no patience.

        Raises:
            NotFiniteError: an output is NaN or infinite.
            Terminated: SIGTERM came; nothing was judged.
        """
        logits, seconds = self._learner.classify(self._validation)
        if not np.isfinite(logits).all():
            raise NotFiniteError(step, "output on validation")
        truth = self._validation.label_ids[:]
        settings = msgspec.structs.replace(self.inference, thresholds_for=self._thresholds_for)
        self.inference = fit_inference(settings, logits, truth, step)
        figures = Figures.of(logits, truth, decide_cross_fitted(self.inference, logits, truth), seconds)
        event = figures.event(
            step=step, split="validation", examples=len(self._validation), requested=requested
        )
        value = finite(getattr(event, self._stopping.metric))
        self._stopping.update(step, value, event.loss, counts=not requested)
        self._events.write(event)
        self._events.write(self._stopping.event(step), durable=True)

    def probe(self, step: int) -> None:
        """Classify the pinned texts with the weights of `step`, as the predictor would; write the event."""
        # A single text is no input for a model of text pairs.
        texts = [text for text in probes.read(self._run.path) if not self._pairs or split(text)]
        if not texts:
            return
        tokens = self._encoder.encode(texts)
        logits = compute_logits(self._learner.model, self._learner.layout, tokens, bf16=self._bf16)
        probabilities = self.inference.probabilities(logits).tolist()
        keys = map(probes.key_of, texts)
        self._events.write(Probed(step=step, probabilities=dict(zip(keys, probabilities, strict=True))))
