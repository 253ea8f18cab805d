"""Course: the settings of a run that people may change while it trains, step by step."""

from dataclasses import dataclass, field

from core.config.settings import Schedule
from core.runs.changes import Change, changed_plan, learning_rate_factor
from core.runs.plan import Plan


@dataclass
class Course:
    """What was planned, and the changes that were made to it since.

    A run that goes on from a checkpoint finds changes of later steps here as well, and makes each when it
    comes to its step, as the run did that was interrupted.
    """

    planned: Plan
    schedule: Schedule
    warmup_steps: int
    changes: list[Change] = field(default_factory=list)

    def plan(self, step: int) -> Plan:
        """The plan as it holds after `step`."""
        return changed_plan(self.planned, self.changes, step)

    def changes_at(self, step: int) -> bool:
        """Whether another plan or learning rate holds after `step` than before it."""
        return any(change.step == step for change in self.changes)

    def learning_rate_share(self, step: int) -> float:
        """What the step after `step` takes of the peak learning rate that was planned.

        A rise over the first steps, as planned; then a fall to zero at the last step, or none.
        """
        factor = learning_rate_factor(self.changes, step)
        if step < self.warmup_steps:
            return factor * step / self.warmup_steps
        if self.schedule == "constant":
            return factor
        end = self.plan(step).max_steps
        return factor * max(0.0, (end - step) / max(1, end - self.warmup_steps))
