"""CheckpointChoice: the checkpoint that classifies typed texts, the best one or the last."""

from dataclasses import dataclass, field
from typing import Literal

from core.runs.history import History

Which = Literal["best", "last"]


@dataclass
class CheckpointChoice:
    """The choice between best and last, applied to the present checkpoints of a run."""

    which: Which = "best"
    history: History = field(default_factory=History)

    def switch(self) -> None:
        """Choose the other one."""
        self.which = "last" if self.which == "best" else "best"

    @property
    def step(self) -> int | None:
        """Step of the checkpoint; without a best one, of the last. None before the first."""
        checkpoints = self.history.checkpoints
        best = self.history.best_checkpoint if self.which == "best" else None
        found = best or (checkpoints[-1] if checkpoints else None)
        return found.step if found else None

    @property
    def name(self) -> str:
        """The checkpoint by name and step: `best @220`."""
        return f"{self.which} @{self.step}" if self.step is not None else "no checkpoint yet"

    @property
    def hint(self) -> str:
        """Say what can be done now."""
        if self.step is not None:
            return "enter classifies, up recalls, ctrl+t switches between the best and the last checkpoint"
        if self.history.plan is None:
            return "texts can be classified once there is a checkpoint"
        return f"the first checkpoint comes at step {self.history.plan.eval_steps}"
