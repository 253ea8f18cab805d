"""Changes: the settings of a run that people move while it trains, and what holds after which step."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from core.runs.plan import Plan, evaluation_count

LEARNING_RATE = "learning_rate"
"""A change of it is a factor on what was planned; the other settings are fields of the plan."""
SETTINGS = (LEARNING_RATE, "patience", "max_steps", "eval_steps")
_MOST_FACTOR, _MOST = 100, 10**9


class Change(NamedTuple):
    """A setting has another value in all steps after `step`."""

    step: int
    name: str
    """One of `SETTINGS`."""
    value: float


def changed_plan(plan: Plan, changes: Sequence[Change], step: int | None = None) -> Plan:
    """`plan` as it holds after `step`, or after all changes."""
    values = {
        change.name: int(change.value) for change in _until(changes, step) if change.name != LEARNING_RATE
    }
    if not values:
        return plan
    plan = msgspec.structs.replace(plan, **values)
    return msgspec.structs.replace(
        plan,
        epochs=plan.max_steps / plan.steps_per_epoch,
        evaluations=evaluation_count(plan.max_steps, plan.eval_steps),
    )


def learning_rate_factor(changes: Sequence[Change], step: int | None = None) -> float:
    """What the planned learning rate is multiplied by after `step`, or after all changes."""
    factors = [change.value for change in _until(changes, step) if change.name == LEARNING_RATE]
    return factors[-1] if factors else 1.0


def _until(changes: Sequence[Change], step: int | None) -> Iterator[Change]:
    return (change for change in changes if step is None or change.step <= step)


def rejection(name: str, value: float | None, step: int) -> str | None:
    """Why a setting cannot have this value after `step`; None where it can."""
    if value is None or not math.isfinite(value):
        return "it names no value"
    if name == LEARNING_RATE:
        is_sound = 0 < value <= _MOST_FACTOR
        return None if is_sound else f"the factor must be above 0 and at most {_MOST_FACTOR}"
    if value != int(value) or not 1 <= value <= _MOST:
        return f"it must be a whole number, 1 to {_MOST:,}"
    if name == "max_steps" and value <= step:
        return f"step {step} is trained already; stop the run instead"
    return None


def in_words(name: str, value: float) -> str:
    """A change as people say it."""
    if name == LEARNING_RATE:
        return f"learning rate × {value:g} of what was planned"
    words = {
        "patience": "patience {}",
        "max_steps": "{} steps at most",
        "eval_steps": "evaluation every {} steps",
    }
    return words[name].format(f"{int(value):,}")
