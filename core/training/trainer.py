"""The Hugging Face Trainer, set up for a plan."""

from typing import Any

import numpy as np
import torch
from transformers import EvalPrediction, PrinterCallback, Trainer, TrainingArguments
from transformers.modeling_utils import PreTrainedModel

from core.evaluation.metrics import score
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.training.encoding import PaddingCollator
from core.training.planning import Prepared
from core.training.progress import StepClock


class ClassifierTrainer(Trainer):
    """A Trainer that counts its batches, and can do at once what its control asks for: needed in a pause."""

    def __init__(self, clock: StepClock, **options: Any) -> None:
        super().__init__(**options)
        self._clock = clock

    def training_step(self, model: Any, inputs: dict[str, Any], *rest: Any, **options: Any) -> torch.Tensor:
        """Train on a batch."""
        self._clock.count(inputs)
        return super().training_step(model, inputs, *rest, **options)

    def perform(self) -> None:
        """Evaluate and save now, as far as asked for, at a step boundary."""
        if self.control.should_evaluate:
            self.evaluate()
        if self.control.should_save:
            assert self.model is not None
            self._save_checkpoint(self.model, trial=None)
            self.control = self.callback_handler.on_save(self.args, self.state, self.control)


def build_trainer(
    run: RunDirectory,
    prepared: Prepared,
    model: PreTrainedModel,
    collator: PaddingCollator,
    clock: StepClock,
    callbacks: list[Any],
) -> ClassifierTrainer:
    """A Trainer for `prepared` whose only voice is `callbacks`."""
    trainer = ClassifierTrainer(
        clock,
        model=model,
        args=_arguments(run, prepared),
        train_dataset=prepared.encoded["train"],
        eval_dataset=prepared.encoded["validation"].by_length(),
        data_collator=collator,
        processing_class=prepared.tokenizer,
        compute_metrics=_metrics,
        callbacks=callbacks,
    )
    # It would print every log; the events say it all.
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(run: RunDirectory, prepared: Prepared) -> TrainingArguments:
    plan, training = prepared.plan, prepared.config.training
    return TrainingArguments(
        output_dir=str(checkpoints.staging(run)),
        max_steps=plan.max_steps,
        learning_rate=plan.learning_rate,
        per_device_train_batch_size=plan.train_batch_size,
        per_device_eval_batch_size=plan.eval_batch_size,
        warmup_steps=int(training.warmup * plan.max_steps),
        weight_decay=training.weight_decay,
        seed=plan.seed,
        use_cpu=plan.device == "cpu",
        bf16=plan.precision == "bf16",
        eval_strategy="steps",
        eval_steps=plan.eval_steps,
        # A checkpoint follows every evaluation: KeepingCallback asks for it.
        save_strategy="no",
        logging_steps=1,
        # The filter would log 0.0 for a loss that is not a number.
        logging_nan_inf_filter=False,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=plan.device == "cuda",
        disable_tqdm=True,
        report_to="none",
    )


def _metrics(outputs: EvalPrediction) -> dict[str, float]:
    logits: Any = outputs.predictions
    labels: Any = outputs.label_ids
    if isinstance(logits, tuple):
        logits = logits[0]
    return vars(score(np.argmax(logits, axis=-1), labels))
