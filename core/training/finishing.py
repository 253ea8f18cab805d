"""After training: make `model/` from the best checkpoint, and evaluate the test split once."""

import shutil

import msgspec

from core.encoding.encoder import Encoder, tokenizing_seconds
from core.evaluation.baselines import make_baseline
from core.evaluation.known_baselines import below_known_baselines
from core.evaluation.metrics import mean_loss
from core.evaluation.outcomes import Outcomes
from core.evaluation.pair_tests import comparing_metric
from core.files import durable
from core.files.cache import cache_folder
from core.models.inference_settings import InferenceSettings
from core.models.loading import load_saved
from core.protocol import MAJORITY
from core.reports.card import write_card
from core.runs import checkpoints
from core.runs.checkpoints import SavedCheckpoint
from core.runs.directory import RunDirectory
from core.runs.disk_space import WaitingEventWriter
from core.runs.events import EndReason, RunEnded, Warned
from core.runs.history import History
from core.runs.plan import Plan
from core.runs.records import MODEL_RECORD, ModelRecord
from core.training.learner import Learner
from core.training.planning import Prepared
from core.training.tokenizing import OnStage
from core.training.training_state import OLD_FILES, OPTIMIZER, RANDOM, STOPPING
from core.training.validation import Figures

# What only resuming needs stays in the checkpoint.
_ONLY_FOR_RESUMING = {OPTIMIZER, RANDOM, STOPPING, *OLD_FILES, checkpoints.MARKER}


def finish(
    run: RunDirectory,
    events: WaitingEventWriter,
    prepared: Prepared,
    learner: Learner,
    reason: EndReason,
    step: int,
    on_stage: OnStage,
) -> None:
    """Save the best model, evaluate the test split unless the run was stopped, and write how the run ended.

    Args:
        run: whose training is over.
        events: of the run.
        prepared: plan and texts.
        learner: classifies.
        reason: why training is over.
        step: the last one that was trained.
        on_stage: called with the name of each stage.

    Raises:
        Problem: there is no checkpoint, or something cannot be written.
    """
    on_stage("saving the model")
    checkpoints.prune(run)
    best = checkpoints.require(run, "best")
    history = events.history
    needed = sum(path.stat().st_size for path in best.path.iterdir() if path.suffix == ".safetensors")
    events.disk_space.write("the model", lambda: save_model(run, best, prepared.plan, history), needed)
    is_tested = history.test is not None and history.test.step == best.step
    if "test" in prepared.encoded and reason != "stopped" and not is_tested:
        on_stage("evaluating the test split")
        _test(run, events, prepared, learner, best)
    events.disk_space.write("the card of the model", lambda: write_card(run))
    events.write(RunEnded(reason=reason, step=step, best_step=best.step), durable=True)


def save_model(run: RunDirectory, best: SavedCheckpoint, plan: Plan, history: History) -> None:
    """Make `model/` from the checkpoint `best`; an older one is replaced at the last moment.

    Raises:
        OSError: it cannot be written; an older one stays.
    """
    beside, old = run.path / ".model.writing", run.path / ".model.old"
    if old.exists() and not run.model.exists():
        old.rename(run.model)  # the last attempt was interrupted between its two renames
    for leftover in (beside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    value = history.stopping.best if history.stopping else None
    record = ModelRecord(
        run=run.name,
        step=best.step,
        labels=plan.labels,
        max_length=plan.max_length,
        metric=plan.metric,
        best=value,
        long_text=plan.long_text,
        default_learning_rate=plan.default_learning_rate,
    )
    try:
        beside.mkdir(mode=0o700)
        for path in best.path.iterdir():
            if path.name not in _ONLY_FOR_RESUMING:
                shutil.copy2(path, beside)
        (beside / MODEL_RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record)))
        for path in beside.iterdir():
            path.chmod(0o600)
        durable.sync_tree(beside)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)  # it may be what filled the disk
        raise
    if run.model.exists():
        run.model.rename(old)
    beside.rename(run.model)
    durable.sync_folder(run.path)
    shutil.rmtree(old, ignore_errors=True)


def _test(
    run: RunDirectory, events: WaitingEventWriter, prepared: Prepared, learner: Learner, best: SavedCheckpoint
) -> None:
    """Evaluate the test split, once, with the weights of the best checkpoint."""
    split = prepared.splits.test
    assert split is not None
    learner.model.load_state_dict(load_saved(best.path).state_dict())
    logits, seconds = learner.classify(prepared.encoded["test"])
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
        thresholds_for=inference.thresholds_for,
        loss=mean_loss(logits, truth),
    )
    events.disk_space.write("the outcomes of the test split", lambda: outcomes.write(run.outcomes))
    figures = Figures.of(logits, truth, inference.decide(probabilities), seconds)
    events.write(figures.event(step=best.step, split="test", examples=len(split)), durable=True)
    metric = comparing_metric(plan.metric, is_multi_label=plan.is_multi_label)
    make_baseline(MAJORITY, prepared.splits, cache_folder("floors"), metric)
    for sentence in below_known_baselines(run.name, plan, outcomes):
        events.write(Warned(message=sentence))
