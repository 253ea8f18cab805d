"""Find the current weights of a run. Imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.problems import Problem
from core.runs import checkpoints
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory
from core.runs.history import read_outline
from core.runs.records import MODEL_RECORD, ModelRecord


@dataclass(frozen=True)
class Source:
    """The folder of a complete classifier, and the step of its weights."""

    folder: Path
    step: int
    which: Which
    mark: tuple[int, int]
    """Inode and time of the marker of completeness: they differ for anything that is written there later."""

    @property
    def weights(self) -> tuple[Path, tuple[int, int]]:
        """An identity of the weights."""
        return self.folder, self.mark

    @property
    def is_there(self) -> bool:
        """Whether the folder still holds these weights."""
        return any(_mark(self.folder / name) == self.mark for name in (checkpoints.MARKER, MODEL_RECORD))


def find_source(run: RunDirectory, which: Which) -> Source:
    """Find the best or last checkpoint, or the finished model where the checkpoints are gone.

    Raises:
        Problem: there is no checkpoint yet.
    """
    while found := checkpoints.current(run, which) or checkpoints.current(run, "last"):
        if (mark := _mark(found.path / checkpoints.MARKER)) is not None:
            is_best = found.is_best and which == "best"
            return Source(found.path, found.step, "best" if is_best else "last", mark)
    if (mark := _mark(run.model / MODEL_RECORD)) is not None:
        record = msgspec.json.decode((run.model / MODEL_RECORD).read_bytes(), type=ModelRecord)
        return Source(run.model, record.step, "best", mark)
    ended = read_outline(run).ended
    if ended is not None:
        why = f" ({ended.error})" if ended.error else ""
        raise Problem(f"the run ended before its first checkpoint{why}", where=run.name)
    raise Problem(
        "there is no checkpoint yet", where=run.name, mend="The first one comes with the first evaluation."
    )


def _mark(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
