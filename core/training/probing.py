"""ProbingCallback: classify the pinned texts again after every evaluation."""

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from core.encoding.encoder import Encoder
from core.models.layouts import Layout
from core.models.logits import compute_logits
from core.runs import probes
from core.runs.directory import RunDirectory
from core.runs.events import EventWriter, Probed
from core.text.text_pairs import split
from core.training.planning import Prepared
from core.training.saving import CheckpointSaver


class ProbingCallback(TrainerCallback):
    """Reads which texts are pinned now, and writes what the weights say of them, as the predictor would.

    Args:
        run: in which they are pinned.
        events: where it is written.
        prepared: says how texts are read.
        layout: how the model takes them.
        saver: has the inference settings that go with the weights.
    """

    def __init__(
        self,
        run: RunDirectory,
        events: EventWriter,
        prepared: Prepared,
        layout: Layout,
        saver: CheckpointSaver,
    ) -> None:
        self._run = run
        self._events = events
        model, self._pairs = prepared.config.model, prepared.plan.pairs
        self._encoder = Encoder(prepared.tokenizer, model.max_length, model.long_text, pairs=self._pairs)
        self._bf16 = prepared.plan.precision == "bf16"
        self._layout = layout
        self._saver = saver

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        """Write the probabilities of each pinned text, if there is one. The model is in evaluation mode."""
        pinned = probes.read(self._run.path) if state.is_world_process_zero else []
        # A single text says nothing to a model of two.
        texts = [text for text in pinned if not self._pairs or split(text)]
        if not texts:
            return
        logits = compute_logits(model, self._layout, self._encoder.encode(texts), bf16=self._bf16)
        found = self._saver.inference.probabilities(logits).tolist()
        self._events.write(
            Probed(
                step=state.global_step,
                probabilities=dict(zip(map(probes.key_of, texts), found, strict=True)),
            )
        )
