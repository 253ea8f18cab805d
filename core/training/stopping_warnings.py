"""Warnings about early stopping, in a plan and after changes of its settings."""

import msgspec

from core.runs.plan import Plan, stopping_step
from core.text import format
from core.training.lengths import PATIENCE, patience_of

_NEVER_ACTS = "Early stopping can never act"


def stopping_warnings(plan: Plan, asked_patience: int | None) -> list[str]:
    """Return a warning if early stopping can never act; a patience that nobody asked for can change."""
    if not plan.early_stopping or plan.earliest_stop is not None:
        return []

    def can_act(every: int, asked: int | None = asked_patience) -> bool:
        patience = asked or patience_of(plan.steps_per_epoch, every)
        return stopping_step(every, patience, every, plan.patience_from) < plan.max_steps

    longest = min(plan.eval_steps, plan.max_steps // ((asked_patience or PATIENCE) + 2))
    often = next(filter(can_act, range(longest, 0, -1)), None)
    advice = "train longer"
    if often is not None:
        advice = f"evaluate {format.interval(often)} (--eval-steps {often})"
    if can_act(plan.eval_steps, 1):
        advice += " or lower --patience"
    count = "one evaluation" if plan.evaluations == 1 else f"{plan.evaluations} evaluations"
    early = f" from step {plan.patience_from} on" if plan.patience_from > plan.eval_steps else ""
    return [
        f"{_NEVER_ACTS}: {count} in {format.steps(plan.max_steps)}, "
        f"and patience is {plan.patience}{early}. To let it act, {advice}. "
        "Or turn it off with --no-early-stopping."
    ]


def with_warnings_of(plan: Plan, now: Plan) -> Plan:
    """Return `plan` with the warnings that follow from the changed settings of `now`."""
    if now == plan:
        return plan
    kept = [warning for warning in plan.warnings if not warning.startswith(_NEVER_ACTS)]
    return msgspec.structs.replace(plan, warnings=kept + stopping_warnings(now, now.patience))
