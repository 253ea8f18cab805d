"""Seal a run: `model/` with the weights, tokenizer, label names and length of the best checkpoint."""

import shutil

import msgspec

from core.files import durable
from core.runs import checkpoints
from core.runs.checkpoints import SavedCheckpoint
from core.runs.directory import RunDirectory
from core.runs.history import History
from core.runs.plan import Plan
from core.runs.records import MODEL_RECORD, ModelRecord

# What only resuming needs stays in the checkpoint.
_RESUMING = shutil.ignore_patterns(
    "optimizer.safetensors",
    "scheduler.pt",
    "rng_state*",
    "trainer_state.json",
    "early_stopping.json",
    checkpoints.MARKER,
)


def seal(run: RunDirectory, best: SavedCheckpoint, plan: Plan, history: History) -> None:
    """Make `model/` from the checkpoint `best`; an older one is replaced at the last moment.

    Raises:
        OSError: it cannot be written; an older one stays.
    """
    beside, old = run.path / ".model.writing", run.path / ".model.old"
    if old.exists() and not run.model.exists():
        old.rename(run.model)  # the last sealing was interrupted between its two renames
    for leftover in (beside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    value = history.stopping.best if history.stopping else None
    record = ModelRecord(
        run.name, best.step, plan.labels, plan.max_length, plan.metric, value, plan.long_text
    )
    try:
        beside.mkdir(mode=0o700)
        names = [path.name for path in best.path.iterdir()]
        for name in set(names) - _RESUMING(str(best.path), names):
            shutil.copy2(best.path / name, beside)
        (beside / MODEL_RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record)))
        durable.sync_tree(beside)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)  # its room may be what is missing
        raise
    if run.model.exists():
        run.model.rename(old)
    beside.rename(run.model)
    durable.sync_folder(run.path)
    shutil.rmtree(old, ignore_errors=True)
