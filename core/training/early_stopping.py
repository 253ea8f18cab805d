"""Early stopping: which evaluation is the best, and when patience has run out."""

from dataclasses import dataclass

import msgspec

from core.runs.events import Stopping
from core.runs.plan import Plan, stopping_step


class StoppingState(msgspec.Struct):
    """State of early stopping; part of every checkpoint."""

    best: float | None = None
    best_loss: float | None = None
    """Validation loss of the best evaluation; None in older checkpoints."""
    best_step: int | None = None
    used: int = 0
    evaluation_due: bool = False
    """The evaluation of this step was interrupted by SIGTERM and must be made up for."""
    evaluation_requested: bool = False
    """A person requested that evaluation."""


@dataclass
class EarlyStopping:
    """Counts evaluations in a row without a better value, from step `patience_from` on.

    Earlier evaluations use no patience, but can be the best. A value that is not finite (None) is never a
    best. Values are compared with the best as it was found, so that small gains, each below `min_delta`, do
    not add up to a new best. With `ties_by_loss`, the best of equal values is that with the lowest loss; it
    uses patience all the same, or a run that has reached its best score would go on. Without early stopping
    (`is_on`) no evaluation uses patience.
    """

    metric: str
    patience: int
    min_delta: float
    greater_is_better: bool
    eval_steps: int
    max_steps: int
    patience_from: int
    state: StoppingState
    ties_by_loss: bool = True
    is_on: bool = True

    @property
    def has_run_out(self) -> bool:
        """Whether patience has run out."""
        return self.is_on and self.state.used >= self.patience

    def follow(self, plan: Plan) -> None:
        """Take over the settings of `plan`. With less patience than is used, one more evaluation decides."""
        if not self.has_run_out:
            self.state.used = min(self.state.used, plan.patience - 1)
        self.patience, self.eval_steps, self.max_steps = plan.patience, plan.eval_steps, plan.max_steps
        self.is_on = plan.early_stopping

    def update(
        self, step: int, value: float | None, loss: float | None = None, *, counts: bool = True
    ) -> bool:
        """Take in one evaluation; return whether it is a new best.

        Args:
            step: of the evaluation.
            value: of the metric.
            loss: on validation.
            counts: whether it uses patience, unless it comes early. One that a person asked for does not.
        """
        if value is not None and self._is_better(value):
            self.state = StoppingState(best=value, best_loss=loss, best_step=step, used=0)
            return True
        is_best = value == self.state.best and self._has_less_loss(loss)
        if is_best:
            self.state.best_loss, self.state.best_step = loss, step
        if self.is_on and counts and step >= self.patience_from:
            self.state.used += 1
        return is_best

    def event(self, step: int) -> Stopping:
        """Return the state after `step` as an event."""
        return Stopping(
            step=step,
            metric=self.metric,
            best=self.state.best,
            best_step=self.state.best_step,
            used=self.state.used,
            patience=self.patience,
            stops_at=self._stops_at(step),
        )

    def _is_better(self, value: float) -> bool:
        if self.state.best is None:
            return True
        gain = value - self.state.best if self.greater_is_better else self.state.best - value
        return gain > self.min_delta

    def _has_less_loss(self, loss: float | None) -> bool:
        best_loss = self.state.best_loss
        return self.ties_by_loss and loss is not None and best_loss is not None and loss < best_loss

    def _stops_at(self, step: int) -> int | None:
        if not self.is_on:
            return None
        left = self.patience - self.state.used
        if left <= 0:
            return step
        at = stopping_step(step, left, self.eval_steps, self.patience_from)
        return at if at < self.max_steps else None
