"""Changes and other markers: settings changed while a run trains, and their values after each step."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from core.runs.plan import Plan, evaluation_count
from core.text import format

LEARNING_RATE = "learning_rate"
"""Its value is a factor on the planned learning rate; the other settings are fields of the plan."""
SETTINGS = (LEARNING_RATE, "patience", "max_steps", "eval_steps")
_MAX_FACTOR, _MAX_VALUE = 100, 10**9


class Change(NamedTuple):
    """A new value of a setting, for all steps after `step`."""

    step: int
    name: str
    """One of `SETTINGS`."""
    value: float


class Marker(NamedTuple):
    """Something that was done to a run after `step`, e.g. a note or a pause."""

    step: int
    name: str
    """Name of the command; or `resumed`, `rolled_back`, `memory_short`."""
    text: str
    """Description in a few words."""


def changed_plan(plan: Plan, changes: Sequence[Change], step: int | None = None) -> Plan:
    """Return `plan` with the changes made up to `step`, or with all of them."""
    values = {
        change.name: int(change.value) for change in _until(changes, step) if change.name != LEARNING_RATE
    }
    if not values:
        return plan
    # Whoever sets the patience of a run wants early stopping.
    early_stopping = plan.early_stopping or "patience" in values
    plan = msgspec.structs.replace(plan, **values, early_stopping=early_stopping)
    return msgspec.structs.replace(
        plan,
        epochs=plan.max_steps / plan.steps_per_epoch,
        evaluations=evaluation_count(plan.max_steps, plan.eval_steps),
    )


def learning_rate_factor(changes: Sequence[Change], step: int | None = None) -> float:
    """Return the factor on the planned learning rate after `step`, or after all changes."""
    factors = [change.value for change in _until(changes, step) if change.name == LEARNING_RATE]
    return factors[-1] if factors else 1.0


def _until(changes: Sequence[Change], step: int | None) -> Iterator[Change]:
    return (change for change in changes if step is None or change.step <= step)


def rejection(name: str, value: float | None, step: int) -> str | None:
    """Return why setting `name` cannot be changed to `value` after `step`, or None if it can."""
    if value is None or not math.isfinite(value):
        return "a finite value is required"
    if name == LEARNING_RATE:
        is_valid = 0 < value <= _MAX_FACTOR
        return None if is_valid else f"the factor must be above 0 and at most {_MAX_FACTOR}"
    if value != int(value) or not 1 <= value <= _MAX_VALUE:
        return f"it must be a whole number from 1 to {_MAX_VALUE:,}"
    if name == "max_steps" and value <= step:
        return f"step {step} has already been trained; use `stop`"
    return None


def in_words(name: str, value: float) -> str:
    """Describe a change: `learning rate: 0.5 × the planned rate`, `evaluation every 50 steps`."""
    if name == LEARNING_RATE:
        return f"learning rate: {value:g} × the planned rate"
    number = int(value)
    if name == "max_steps":
        return f"at most {format.steps(number)}"
    return f"evaluation {format.interval(number)}" if name == "eval_steps" else f"patience {number:,}"
