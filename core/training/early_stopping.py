"""Early stopping: which evaluation is the best, and when patience has run out."""

from dataclasses import dataclass

import msgspec

from core.runs.events import Stopping
from core.runs.plan import Plan
from core.training.schedule import stopping_step


class StoppingState(msgspec.Struct):
    """State of early stopping; part of every checkpoint."""

    best: float | None = None
    best_step: int | None = None
    used: int = 0
    evaluation_due: bool = False
    """The evaluation of this step was interrupted by SIGTERM and must be made up for."""
    evaluation_requested: bool = False
    """A person requested that evaluation."""


@dataclass
class EarlyStopping:
    """Counts evaluations in a row without a new best, from step `patience_from` on.

    Earlier evaluations use no patience, but can be the best. A value that is not finite (None) is never a
    best. Values are compared with the best as it was found, so that small gains, each below `min_delta`, do
    not add up to a new best.
    """

    metric: str
    patience: int
    min_delta: float
    greater_is_better: bool
    eval_steps: int
    max_steps: int
    patience_from: int
    state: StoppingState

    @property
    def has_run_out(self) -> bool:
        """Whether patience has run out."""
        return self.state.used >= self.patience

    def follow(self, plan: Plan) -> None:
        """Take over the settings of `plan`. With less patience than is used, one more evaluation decides."""
        if not self.has_run_out:
            self.state.used = min(self.state.used, plan.patience - 1)
        self.patience, self.eval_steps, self.max_steps = plan.patience, plan.eval_steps, plan.max_steps

    def update(self, step: int, value: float | None, *, counts: bool = True) -> bool:
        """Take in the metric of one evaluation; return whether it is a new best.

        An evaluation that does not count (a person asked for it, or it comes early) can be the best but uses
        no patience.
        """
        if value is not None and self._is_better(value):
            self.state = StoppingState(best=value, best_step=step, used=0)
            return True
        if counts and step >= self.patience_from:
            self.state.used += 1
        return False

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

    def _stops_at(self, step: int) -> int | None:
        left = self.patience - self.state.used
        if left <= 0:
            return step
        at = stopping_step(step, left, self.eval_steps, self.patience_from)
        return at if at < self.max_steps else None
