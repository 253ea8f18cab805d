"""Where a run begins or goes on: at its newest complete checkpoint, once nobody writes another one."""

from dataclasses import dataclass

from core.files import lock
from core.problems import Problem
from core.runs import checkpoints
from core.runs.checkpoints import SavedCheckpoint
from core.runs.directory import RunDirectory
from core.training.tokenizing import Tell

# How long the writer of a trainer that was killed gets to notice it: it brings a file to the disk at most.
_WRITER_SECONDS = 600.0


@dataclass(frozen=True)
class Start:
    """Where training begins.

    Attributes:
        checkpoint: the one that it goes on from; None where it begins with step 1.
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
        """What was left out."""
        begins = f"Training goes on after step {self.step}" if self.step else "Training begins anew"
        return [
            f"{begins}: the checkpoint of step {step} was incomplete and is left out."
            for step in self.incomplete
        ]


def find_start(run: RunDirectory, tell: Tell) -> Start:
    """The start of a run that goes on; what a killed trainer left half-written is removed.

    Raises:
        Problem: the process that wrote its checkpoints does not end.
    """
    if lock.is_held(run.writer_lock):
        tell("waiting for the process that wrote the last checkpoint")
        if not lock.wait_until_free(run.writer_lock, _WRITER_SECONDS):
            raise Problem(
                "the process that wrote the checkpoints of the last trainer is still at work",
                where=str(run.checkpoints),
                mend="Look whether the disk answers, and resume the run then.",
            )
    start = checkpoints.current(run, "last")
    left = checkpoints.incomplete(run)
    step = start.step if start else 0
    checkpoints.prune(run)
    return Start(start, tuple(sorted(found for found in left if found > step)))
