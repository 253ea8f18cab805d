"""Checkpoints of a run: a checkpoint is whole or it is not there.

A checkpoint is written in the folder `.writing`, brought to the disk, renamed, and only then gets the marker
`complete.json`. A folder without a marker is what a killed writer left, and is never read.
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
    """The content of the marker. `is_best`: the best on validation when it was written."""

    step: int
    is_best: bool


class SavedCheckpoint(msgspec.Struct, frozen=True):
    """A complete checkpoint on disk."""

    path: Path
    step: int
    is_best: bool


class StagedFile(msgspec.Struct, frozen=True):
    """A file whose content lies in the shared memory of the trainer.

    Attributes:
        name: of the file in the checkpoint.
        prefix: what the file begins with.
        offset: where the rest begins in the shared memory, in bytes.
        size: how long the rest is, in bytes.
    """

    name: str
    prefix: bytes
    offset: int
    size: int


class WriteOrder(msgspec.Struct, frozen=True):
    """Complete the checkpoint that was begun in `folder`."""

    step: int
    is_best: bool
    folder: str
    files: list[StagedFile]
    began: float
    """Unix time at which the trainer began with it."""


class Written(msgspec.Struct, frozen=True):
    """The answer to an order. `error` is empty when the checkpoint is complete."""

    step: int
    is_best: bool
    bytes: int = 0
    seconds: float = 0.0
    error: str = ""
    error_number: int | None = None
    """That of the system for it, such as errno.ENOSPC."""


def staging(run: RunDirectory) -> Path:
    """Folder in which checkpoints are written before they take their place."""
    return run.checkpoints / ".writing"


def complete(run: RunDirectory) -> list[SavedCheckpoint]:
    """All complete checkpoints, by step; of two of one step the newer is the later."""
    found = []
    for path in run.checkpoints.glob("step-*"):
        if path.is_symlink():
            continue  # it would lead to what is no checkpoint of this run
        try:
            marker = msgspec.json.decode((path / MARKER).read_bytes(), type=Marker)
        except (OSError, ValueError, RecursionError):
            continue
        found.append(SavedCheckpoint(path, marker.step, marker.is_best))
    return sorted(found, key=lambda checkpoint: (checkpoint.step, checkpoint.path.name))


def incomplete(run: RunDirectory) -> set[int]:
    """Steps of which there is something of a checkpoint, but none that is complete."""
    begun = [*run.checkpoints.glob("step-*"), *staging(run).glob("checkpoint-*")]
    steps = {int(found[1]) for path in begun if (found := _STEP.match(path.name))}
    return steps - {checkpoint.step for checkpoint in complete(run)}


def current(run: RunDirectory, which: Which) -> SavedCheckpoint | None:
    """The best or the last complete checkpoint, or None when there is none yet."""
    for checkpoint in reversed(complete(run)):
        if which == "last" or checkpoint.is_best:
            return checkpoint
    return None


def require(run: RunDirectory, which: Which) -> SavedCheckpoint:
    """The best or last checkpoint; without a best one, the last.

    Raises:
        Problem: there is no checkpoint yet.
    """
    found = current(run, which) or current(run, "last")
    if found is None:
        raise Problem(
            "there is no checkpoint yet",
            where=run.name,
            mend="The first one comes with the first evaluation.",
        )
    return found


def adopt(run: RunDirectory, written: Path, step: int, *, is_best: bool) -> SavedCheckpoint:
    """Make the folder `written`, on the same file system, the complete checkpoint of `step`.

    An older one of the same step stays until it is pruned: at every moment one of them is complete.

    Raises:
        OSError: it cannot be; it is as it was.
    """
    final = _free_place(run, step)
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
    """Keep the best and the last complete checkpoint; remove the rest, and what was left half-written."""
    keep = {found.path for which in ("best", "last") if (found := current(run, which))}
    for path in [*run.checkpoints.glob("step-*"), staging(run)]:
        if path not in keep:
            remove(path)


def _free_place(run: RunDirectory, step: int) -> Path:
    places = (
        run.checkpoints / (f"step-{step:06d}" if number == 1 else f"step-{step:06d}-{number}")
        for number in itertools.count(1)
    )
    return next(place for place in places if not place.exists())


def remove(path: Path) -> None:
    """Remove a checkpoint; it stops being complete before its first file goes."""
    if path.is_symlink():
        return path.unlink()
    # The marker goes first: a reader must never find a marker over files that are half gone.
    (path / MARKER).unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)
    return None
