"""Models that this program has trained: the folder of a run, its finished model, one of its checkpoints."""

import contextlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from core.config import FROM_SCRATCH
from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.history import read_outline
from core.runs.records import MODEL_RECORD, ModelRecord

_TYPES = {f"bertcls-{name}" for name in FROM_SCRATCH}


@dataclass(frozen=True)
class OwnModel:
    """A model that was trained by a run.

    Attributes:
        folder: holds the model and its tokenizer.
        learning_rate: default of the model that it was trained from; None where it is unknown.
        max_length: that it was trained with, in tokens; None where it is unknown.
        reason: which model of a run was chosen, a sentence; empty where the folder itself was given.
    """

    folder: Path
    learning_rate: float | None = None
    max_length: int | None = None
    reason: str = ""


def find_own_model(path: Path) -> OwnModel | None:
    """Find the model in the folder of a run, in a checkpoint or in `model/`; None where `path` is another.

    Raises:
        Problem: the run has no checkpoint yet, or the checkpoint is not complete.
    """
    if (path / "config.toml").is_file():
        return _best_of(RunDirectory.open(path))
    if (record := _record(path)) is not None:
        return OwnModel(path, record.default_learning_rate, record.max_length)
    run_folder = path.absolute().parent.parent
    if path.absolute().parent.name == "checkpoints" and (run_folder / "config.toml").is_file():
        run = RunDirectory.open(run_folder)
        if path.name not in {each.path.name for each in checkpoints.complete(run)}:
            raise Problem(
                "this is not a complete checkpoint",
                where=str(path),
                mend=f"Give the folder of the run, {run.path}, for its best one.",
            )
        return _checkpoint(run, path)
    return None


def is_from_scratch(folder: Path) -> bool:
    """Whether a folder holds a CNN or an RNN of this program."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return isinstance(content, dict) and content.get("model_type") in _TYPES
    return False


def _best_of(run: RunDirectory) -> OwnModel:
    """The model of the best checkpoint of a run, or of the last one while there is no best."""
    saved, record = checkpoints.current(run, "best") or checkpoints.current(run, "last"), _record(run.model)
    if record is not None and (saved is None or saved.step == record.step):
        which, step = "best", record.step
        found = OwnModel(run.model, record.default_learning_rate, record.max_length)
    elif saved is not None:
        which, step, found = "best" if saved.is_best else "last", saved.step, _checkpoint(run, saved.path)
    else:
        ended = "." if run.is_alive else " and is not training."
        raise Problem(
            "this run has no checkpoint to start from",
            where=str(run.path),
            mend="The first one is written after the first evaluation; the run has had none yet" + ended,
        )
    reason = f"model: {which} checkpoint of run {run.name}, step {step}"
    return replace(found, reason=f"{reason} (--model {run.path / 'checkpoints'}/STEP names another).")


def _checkpoint(run: RunDirectory, folder: Path) -> OwnModel:
    plan = read_outline(run).plan
    if plan is None:
        return OwnModel(folder)
    return OwnModel(folder, plan.default_learning_rate, plan.max_length)


def _record(folder: Path) -> ModelRecord | None:
    """What the run wrote beside its finished model; None where there is none, or it is damaged."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        return msgspec.json.decode((folder / MODEL_RECORD).read_bytes(), type=ModelRecord)
    return None
