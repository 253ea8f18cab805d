"""Length of training, evaluation interval and learning rate, and how people change them in mid-run.

The defaults are derived from the data so that early stopping can act. Costs are counted in forward passes of
one text: a training step costs three for each text, an evaluation one.
"""

import math
from dataclasses import dataclass, field

from core.config.settings import Schedule
from core.runs.changes import Change, changed_plan, learning_rate_factor
from core.runs.plan import Plan

# Default length: so many epochs, but small data need more of them to learn anything at all.
DEFAULT_EPOCHS = 3
FEWEST_STEPS = 300
MOST_EPOCHS = 10

_TRAINING_COST = 3
_EVALUATION_SHARE = 0.3
_SPARE_EVALUATIONS = 3
_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0)


def training_steps(rows: int, batch_size: int, max_steps: int | None, epochs: float | None) -> int:
    """Return the number of steps for `rows` training examples: as asked, otherwise derived."""
    steps_per_epoch = math.ceil(rows / batch_size)
    if max_steps is not None:
        return max_steps
    if epochs is not None:
        return max(1, round(epochs * steps_per_epoch))
    return max(DEFAULT_EPOCHS * steps_per_epoch, min(FEWEST_STEPS, MOST_EPOCHS * steps_per_epoch))


def patience_start(max_steps: int, warmup_steps: int) -> int:
    """Return the step from which evaluations use patience.

    Whatever the size of the data, an encoder may guess for a hundred steps or more until its new head has
    found a direction. So early stopping never acts during warm-up, nor in the first 300 steps or the first
    half of a shorter run.
    """
    return max(warmup_steps, min(FEWEST_STEPS, max_steps // 2))


def evaluation_interval(
    max_steps: int, batch_size: int, validation_rows: int, patience: int, patience_from: int
) -> int:
    """Return the steps between two evaluations.

    There are enough evaluations for patience to run out, though none uses it before step `patience_from`.
    They cost at most a third of the training where that is enough, and never more than the training itself,
    even if patience can then not run out.
    """
    training = _TRAINING_COST * max_steps * batch_size
    affordable = _EVALUATION_SHARE * training / validation_rows
    later = max(1, max_steps - patience_from)
    enough = max(patience + _SPARE_EVALUATIONS, (patience + 1) * max_steps / later)
    wanted = max(min(affordable, 4 * patience), enough)
    most = max(1.0, training / validation_rows)
    evaluations = min(wanted, most, max_steps)
    return _round_down(max(1, int(max_steps / evaluations)))


def stopping_step(step: int, left: int, eval_steps: int, patience_from: int) -> int:
    """Return the step at which early stopping acts when no evaluation after `step` is a new best.

    Args:
        step: of the last evaluation.
        left: patience that is left, in evaluations.
        eval_steps: steps between evaluations.
        patience_from: evaluations before this step use no patience.
    """
    first = max(step // eval_steps + 1, math.ceil(patience_from / eval_steps))
    return (first + left - 1) * eval_steps


def _round_down(steps: int) -> int:
    """Return the largest round number (25, 30, 40, 50, …) up to `steps`."""
    size = 10.0 ** math.floor(math.log10(steps))
    numbers = (int(factor * size) for factor in _ROUND if factor * size == int(factor * size))
    return max(number for number in numbers if number <= steps)


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
