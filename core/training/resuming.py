"""Where a run starts or resumes: at its newest complete checkpoint, once no other process writes one."""

from dataclasses import dataclass

from core.files import lock
from core.problems import Problem
from core.runs import checkpoints
from core.runs.checkpoints import SavedCheckpoint
from core.runs.directory import RunDirectory
from core.runs.events import Checkpoint
from core.training.tokenizing import OnStage

# How long the writer of a killed trainer may take to notice; at most it brings one file to the disk.
_WRITER_SECONDS = 600.0


@dataclass(frozen=True)
class Start:
    """Where training begins.

    Attributes:
        checkpoint: the one to resume from; None begins with step 1.
        incomplete: steps of later checkpoints that were not completed, in ascending order.
    """

    checkpoint: SavedCheckpoint | None = None
    incomplete: tuple[int, ...] = ()

    @property
    def step(self) -> int:
        """The last step that was trained."""
        return self.checkpoint.step if self.checkpoint else 0

    @property
    def warnings(self) -> list[str]:
        """A sentence for each checkpoint that is skipped."""
        begins = f"Training resumes after step {self.step}" if self.step else "Training starts over"
        return [
            f"{begins}: the checkpoint of step {step} was incomplete and is ignored."
            for step in self.incomplete
        ]


def find_start(run: RunDirectory, on_stage: OnStage) -> Start:
    """Return where a run resumes; what a killed trainer left half-written is removed.

    Raises:
        Problem: the process that wrote its checkpoints does not end.
    """
    if lock.is_held(run.writer_lock):
        on_stage("waiting for the process that wrote the last checkpoint")
        if not lock.wait_until_free(run.writer_lock, _WRITER_SECONDS):
            raise Problem(
                "the process that wrote the checkpoints of the last trainer is still running",
                where=str(run.checkpoints),
                mend="Check whether the disk responds, then resume the run.",
            )
    start = checkpoints.current(run, "last")
    left = checkpoints.incomplete(run)
    step = start.step if start else 0
    checkpoints.prune(run)
    return Start(start, tuple(sorted(found for found in left if found > step)))


def checkpoint_event(found: SavedCheckpoint) -> Checkpoint:
    """Return the event that a killed trainer could not write for its checkpoint; the time it took is lost."""
    files = (path for path in found.path.rglob("*") if path.is_file() and path.name != checkpoints.MARKER)
    size = sum(path.stat().st_size for path in files)
    return Checkpoint(step=found.step, is_best=found.is_best, bytes=size, seconds=0.0)
