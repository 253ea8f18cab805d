"""What follows training: the best model is sealed, and the test split evaluated once."""

from typing import Any

from core.encoding.encoder import Encoder, tokenizing_seconds
from core.evaluation.outcomes import Outcomes
from core.models.inference_settings import InferenceSettings
from core.models.loading import load_saved
from core.reports.card import write_card
from core.runs import checkpoints
from core.runs.checkpoints import SavedCheckpoint
from core.runs.directory import RunDirectory
from core.runs.disk_space import WaitingEventWriter
from core.runs.events import EndReason, RunEnded
from core.runs.history import read_history
from core.training.keeping import evaluation_event, figures
from core.training.planning import Prepared
from core.training.sealing import seal
from core.training.tokenizing import Tell
from core.training.trainer import ClassifierTrainer


def finish(
    run: RunDirectory,
    events: WaitingEventWriter,
    prepared: Prepared,
    trainer: ClassifierTrainer,
    reason: EndReason,
    step: int,
    tell: Tell,
) -> None:
    """Seal the best model, evaluate the test split unless the run goes on some day, and say how it ended.

    Args:
        run: whose training is over.
        events: of the run.
        prepared: the plan, and the texts.
        trainer: classifies.
        reason: why training is over.
        step: the last one that was trained.
        tell: is told what is being done.

    Raises:
        Problem: there is no checkpoint, or something cannot be written.
    """
    tell("saving the model")
    checkpoints.prune(run)  # the Trainer makes a folder for its output, whether it writes or not
    best = checkpoints.require(run, "best")
    history = read_history(run)
    needed = sum(path.stat().st_size for path in best.path.iterdir() if path.suffix == ".safetensors")
    events.disk_space.write("the model", lambda: seal(run, best, prepared.plan, history), needed)
    is_tested = history.test is not None and history.test.step == best.step
    if "test" in prepared.encoded and reason != "stopped" and not is_tested:
        tell("evaluating the test split")
        _test(run, events, prepared, trainer, best)
    events.disk_space.write("the card of the model", lambda: write_card(run))
    events.write(RunEnded(reason=reason, step=step, best_step=best.step), durable=True)


def _test(
    run: RunDirectory,
    events: WaitingEventWriter,
    prepared: Prepared,
    trainer: ClassifierTrainer,
    best: SavedCheckpoint,
) -> None:
    """Evaluate the test split, once, with the weights of the best checkpoint."""
    split = prepared.splits.test
    assert split is not None
    model: Any = trainer.model
    model.load_state_dict(load_saved(best.path).state_dict())
    logits, seconds = trainer.classify(prepared.encoded["test"])
    plan = prepared.plan
    encoder = Encoder(prepared.tokenizer, plan.max_length, plan.long_text, pairs=plan.pairs)
    inference, truth = InferenceSettings.read(best.path), split.label_ids[:]
    probabilities = inference.probabilities(logits)
    outcomes = Outcomes(
        labels=plan.labels,
        label_ids=truth,
        probabilities=probabilities,
        seen=split.seen,
        fingerprint=split.fingerprint,
        step=best.step,
        seconds=tokenizing_seconds(encoder, split.texts) + seconds,
        temperature=inference.temperature,
        fitted_at=inference.fitted_at,
        truncated=int(prepared.encoded["test"].tokens.is_truncated.sum()),
        thresholds=inference.thresholds,
    )
    events.disk_space.write("the outcomes of the test split", lambda: outcomes.write(run.outcomes))
    metrics = figures(logits, truth, inference.decide(probabilities), seconds)
    events.write(
        evaluation_event(metrics, step=best.step, split="test", examples=len(split)),
        durable=True,
    )
