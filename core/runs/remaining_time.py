"""The remaining time of a run, steady from step to step."""

from collections.abc import Sequence
from statistics import median, median_low

from core.runs.events import Checkpoint, Evaluation
from core.runs.plan import Plan

# The last steps, evaluations and checkpoints, which count for their durations.
STEPS, EVALUATIONS = 200, 5
# A step of more than this times the median waited for something else.
_SLOW = 3


def seconds_left(
    plan: Plan,
    step: int,
    seconds: Sequence[float],
    evaluations: Sequence[Evaluation],
    checkpoints: Sequence[Checkpoint],
    *,
    is_tested: bool,
) -> float:
    """Seconds to the planned end, evaluations and checkpoints included.

    Args:
        plan: of the run.
        step: the last trained one.
        seconds: of each of the last steps, at least one.
        evaluations: on validation, by step.
        checkpoints: by step.
        is_tested: whether the evaluation on test is done.
    """
    longest = _SLOW * median(seconds)
    usual = [each for each in seconds if each <= longest]
    evaluation = _typical([item.seconds for item in evaluations])
    checkpoint = _typical([item.seconds for item in checkpoints])
    evaluated = evaluations[-1].step if evaluations else 0
    return (
        max(0, plan.max_steps - step) * sum(usual) / len(usual)
        + _evaluations_left(plan, step, evaluated) * (evaluation + checkpoint)
        + (0.0 if is_tested else _size_of_test(plan) * evaluation)
    )


def _typical(seconds: list[float]) -> float:
    """The median of the last durations, of two the lower: the first is often slow. 0 if there are none."""
    return median_low(seconds[-EVALUATIONS:]) if seconds else 0.0


def _evaluations_left(plan: Plan, step: int, evaluated: int) -> int:
    """Evaluations to come: one at each multiple of the interval, and one at the end."""
    end, interval = plan.max_steps, plan.eval_steps
    is_due = evaluated < step and (step % interval == 0 or step == end)
    if step >= end:
        return int(is_due)
    return end // interval - step // interval + (end % interval > 0) + is_due


def _size_of_test(plan: Plan) -> float:
    """Texts of the test split for each text of the validation split."""
    rows = {split.name: split.rows for split in plan.splits}
    return rows.get("test", 0) / max(1, rows.get("validation", 1))
