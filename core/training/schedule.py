"""The learning-rate schedule, when evaluations are due, and how people change both in mid-run."""

from dataclasses import dataclass, field

from core.config.settings import Schedule
from core.runs.changes import Change, changed_plan, learning_rate_factor
from core.runs.plan import Plan


@dataclass
class TrainingSchedule:
    """The settings that people may change while a run trains: what was planned, and the changes since.

    A run that resumes from a checkpoint also finds the changes of later steps here, and makes each again at
    its step, as the interrupted run did.
    """

    planned: Plan
    shape: Schedule
    warmup_steps: int
    changes: list[Change] = field(default_factory=list)

    def plan(self, step: int) -> Plan:
        """Return the plan as it holds after `step`."""
        return changed_plan(self.planned, self.changes, step)

    def changes_at(self, step: int) -> bool:
        """Whether plan or learning rate changed at `step`."""
        return any(change.step == step for change in self.changes)

    def is_due(self, step: int) -> bool:
        """Whether an evaluation follows `step`: at each interval and at the end.

        The settings that `step` itself was trained with decide.
        """
        plan = self.plan(step - 1)
        return step % plan.eval_steps == 0 or step >= plan.max_steps

    def learning_rate(self, step: int) -> float:
        """Return the learning rate of the step after `step`.

        It rises from 0 during warm-up, as planned, then falls to 0 at the last step or stays constant.
        """
        return self.planned.learning_rate * self._share(step)

    def _share(self, step: int) -> float:
        factor = learning_rate_factor(self.changes, step)
        if step < self.warmup_steps:
            return factor * step / self.warmup_steps
        if self.shape == "constant":
            return factor
        end = self.plan(step).max_steps
        return factor * max(0.0, (end - step) / max(1, end - self.warmup_steps))
