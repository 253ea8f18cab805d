"""Build a trainer: the settings of the Hugging Face Trainer that a plan comes to."""

from typing import Any

from transformers import PrinterCallback, TrainingArguments
from transformers.modeling_utils import PreTrainedModel

from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.training.planning import Prepared
from core.training.trainer import ClassifierTrainer, Workings


def build_trainer(
    run: RunDirectory, model: PreTrainedModel, workings: Workings, callbacks: list[Any]
) -> ClassifierTrainer:
    """A Trainer whose only voice is `callbacks`."""
    prepared = workings.prepared
    trainer = ClassifierTrainer(
        workings,
        model=model,
        args=_arguments(run, prepared),
        # Stand-ins: batches and evaluation are made from the encoded splits.
        train_dataset=prepared.encoded["train"],
        eval_dataset=prepared.encoded["validation"],
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
        weight_decay=training.weight_decay,
        optim="adamw_torch_fused",
        seed=plan.seed,
        use_cpu=plan.device == "cpu",
        bf16=plan.precision == "bf16",
        eval_strategy="steps",
        eval_steps=plan.eval_steps,
        # A checkpoint follows every evaluation: KeepingCallback asks for it.
        save_strategy="no",
        # Logging would fetch the loss from the device in every step; StepRecorder reads it when it is there.
        logging_strategy="no",
        # The filter would fetch it, too, and hide a loss that is not a number.
        logging_nan_inf_filter=False,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to="none",
    )
