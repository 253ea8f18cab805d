"""Whether a finished run was still improving, and how to train it longer."""

import math

from core.runs.history import History
from core.text import format

# The best is "among the last evaluations" in this share of them, but never if there are too few to tell.
_LAST = 0.1
_FEWEST = 4


def longer_training(history: History) -> str:
    """Return the option that trains a run of this kind longer (`--epochs 6`), if it was still improving.

    It was if it trained to its planned end and its best evaluation on validation is among the last tenth of
    them, at least among the last two. Otherwise, and for a perfect score, the result is empty.
    """
    plan, best, ended = history.plan, history.best, history.ended
    if plan is None or best is None or ended is None or ended.reason != "finished":
        return ""
    steps = [item.step for item in history.evaluations if not item.requested]
    last = max(2, round(_LAST * len(steps)))
    is_perfect = plan.metric != "loss" and getattr(best, plan.metric) == 1.0
    if len(steps) < _FEWEST or best.step < steps[-last] or is_perfect:
        return ""
    return f"--epochs {max(1, math.ceil(2 * plan.epochs)):g}"


def still_improving(history: History) -> list[str]:
    """Return the finding as a sentence; no sentence if a longer training promises nothing."""
    option, plan, best = longer_training(history), history.plan, history.best
    if not option or plan is None or best is None:
        return []
    return [
        f"Still improving: the best {plan.metric_name} on validation is that of step {best.step:,} of "
        f"{format.steps(plan.max_steps)}. Train longer ({option})."
    ]
