"""Checkpoints of a run, and the orders to the process that writes them.

A checkpoint is complete or it is not there: it is written in the folder `.writing`, synced to disk, renamed,
and marked with `complete.json` last. A folder without that marker was left by a killed writer and is ignored.
"""

import itertools
import re
import shutil
from pathlib import Path
from typing import Literal

import msgspec

from core.files import durable
from core.problems import Problem
from core.runs.directory import RunDirectory

Which = Literal["best", "last"]
MARKER = "complete.json"
_STEP = re.compile(r"(?:step|checkpoint)-(\d+)")


class Marker(msgspec.Struct, frozen=True):
    """Content of the marker file. `is_best`: the best on validation at the time of writing."""

    step: int
    is_best: bool


class SavedCheckpoint(msgspec.Struct, frozen=True):
    """A complete checkpoint on disk."""

    path: Path
    step: int
    is_best: bool


class StagedFile(msgspec.Struct, frozen=True):
    """A file of a checkpoint whose content is in the trainer's shared memory.

    Attributes:
        name: file name in the checkpoint.
        prefix: first bytes of the file.
        offset: where the rest begins in shared memory, in bytes.
        size: length of the rest, in bytes.
    """

    name: str
    prefix: bytes
    offset: int
    size: int


class WriteOrder(msgspec.Struct, frozen=True):
    """Order to the writer: complete the checkpoint begun in `folder`."""

    step: int
    is_best: bool
    folder: str
    files: list[StagedFile]
    began: float
    """When the trainer began it, in seconds since the epoch."""


class Written(msgspec.Struct, frozen=True):
    """Answer to a `WriteOrder`. `error` is empty if the checkpoint is complete."""

    step: int
    is_best: bool
    bytes: int = 0
    seconds: float = 0.0
    error: str = ""
    error_number: int | None = None
    """The errno of the failure, e.g. errno.ENOSPC."""


def staging(run: RunDirectory) -> Path:
    """Return the folder in which checkpoints are written before they are renamed into place."""
    return run.checkpoints / ".writing"


def complete(run: RunDirectory) -> list[SavedCheckpoint]:
    """List all complete checkpoints by step; of two for one step, the newer comes last."""
    found = []
    for path in run.checkpoints.glob("step-*"):
        if path.is_symlink():
            continue  # it may point outside this run
        try:
            marker = msgspec.json.decode((path / MARKER).read_bytes(), type=Marker)
        except (OSError, ValueError, RecursionError):
            continue
        found.append(SavedCheckpoint(path, marker.step, marker.is_best))
    return sorted(found, key=lambda checkpoint: (checkpoint.step, checkpoint.path.name))


def incomplete(run: RunDirectory) -> set[int]:
    """Return the steps with a partial checkpoint but no complete one."""
    begun = [*run.checkpoints.glob("step-*"), *staging(run).glob("checkpoint-*")]
    steps = {int(found[1]) for path in begun if (found := _STEP.match(path.name))}
    return steps - {checkpoint.step for checkpoint in complete(run)}


def current(run: RunDirectory, which: Which) -> SavedCheckpoint | None:
    """Return the best or the last complete checkpoint, or None if there is none yet."""
    for checkpoint in reversed(complete(run)):
        if which == "last" or checkpoint.is_best:
            return checkpoint
    return None


def require(run: RunDirectory, which: Which) -> SavedCheckpoint:
    """Return the best or the last checkpoint; the last one also serves as best while there is no best.

    Raises:
        Problem: there is no checkpoint yet.
    """
    found = current(run, which) or current(run, "last")
    if found is None:
        raise Problem(
            "there is no checkpoint yet",
            where=run.name,
            mend="The first one is written after the first evaluation.",
        )
    return found


def adopt(run: RunDirectory, written: Path, step: int, *, is_best: bool) -> SavedCheckpoint:
    """Turn the folder `written`, on the same file system, into the complete checkpoint of `step`.

    An older checkpoint of the same step stays until it is pruned, so one of them is complete at all times.

    Raises:
        OSError: it cannot be moved or marked; `written` is back in its place.
    """
    final = _free_path(run, step)
    durable.sync_tree(written)
    written.rename(final)
    try:
        durable.sync_folder(run.checkpoints)
        durable.write_whole(final / MARKER, msgspec.json.encode(Marker(step, is_best)))
    except OSError:
        final.rename(written)
        raise
    return SavedCheckpoint(final, step, is_best)


def prune(run: RunDirectory) -> None:
    """Keep the best and the last complete checkpoint; remove the others and all partial ones."""
    keep = {found.path for which in ("best", "last") if (found := current(run, which))}
    for path in [*run.checkpoints.glob("step-*"), staging(run)]:
        if path not in keep:
            remove(path)


def _free_path(run: RunDirectory, step: int) -> Path:
    paths = (
        run.checkpoints / (f"step-{step:06d}" if number == 1 else f"step-{step:06d}-{number}")
        for number in itertools.count(1)
    )
    return next(path for path in paths if not path.exists())


def remove(path: Path) -> None:
    """Remove a checkpoint, its marker first: a marked checkpoint never lacks a file."""
    if path.is_symlink():
        return path.unlink()
    (path / MARKER).unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)
    return None
