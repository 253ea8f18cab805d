"""The state of a run, from its history, its lock and the time since its last event."""

from typing import Literal

from core.runs.history import History

RunState = Literal[
    "starting",
    "training",
    "paused",
    "waiting for disk space",
    "finishing",
    "finished",
    "early stopped",
    "stopped",
    "failed",
    "interrupted",
    "unreadable",
]
RESUMABLE: tuple[RunState, ...] = ("interrupted", "stopped", "failed")
"""The states from which a run can be resumed."""

_ENDED: dict[str, RunState] = {
    "finished": "finished",
    "early_stopped": "early stopped",
    "stopped": "stopped",
    "failed": "failed",
    "refused": "failed",
}
# The states in which a trainer writes events regularly.
_WORKING = ("starting", "training", "finishing")
# Seconds between events: the limit outside of the training loop, where durations are unknown, and the margin
# within it.
_UNKNOWN, _MARGIN = 120.0, 30.0


def state_of(history: History, *, is_alive: bool, is_launching: bool = False) -> RunState:
    """Return the state of a run.

    Args:
        history: of the run.
        is_alive: whether a trainer holds the lock.
        is_launching: whether a trainer has been launched but does not hold the lock yet.
    """
    if is_launching:
        return "starting"
    if is_alive:
        if history.blocked is not None:
            return "waiting for disk space"
        if not history.is_started:
            return "starting"
        if history.paused:
            return "paused"
        return "training" if history.stage == "training" and history.ended is None else "finishing"
    return "interrupted" if history.ended is None else _ENDED[history.ended.reason]


def reason_of(history: History, state: RunState) -> str:
    """Return why a run in `state` failed or waits; empty if there is nothing to explain."""
    if history.blocked is not None and state == "waiting for disk space":
        blocked = history.blocked
        return f"not enough disk space for {blocked.what} in {blocked.folder} ({blocked.reason})"
    return history.ended.error if history.ended else ""


def unresponsive_seconds(history: History, state: str, quiet: float) -> float | None:
    """Return `quiet` if the trainer should have written an event by now, else None.

    Args:
        history: of the run.
        state: of the run, a `RunState`.
        quiet: seconds since the last event.
    """
    return quiet if state in _WORKING and quiet > expected_quiet(history, state) else None


def expected_quiet(history: History, state: str) -> float:
    """Return the longest normal time between two events, in seconds.

    While training: three times what a step, an evaluation and a checkpoint take together, plus a margin.
    """
    plan, last = history.plan, history.last_step
    if state != "training" or plan is None or last is None or not last.documents_per_second:
        return _UNKNOWN
    step = plan.train_batch_size / last.documents_per_second
    rows = next((split.rows for split in plan.splits if split.name == "validation"), 0)
    estimate = rows / last.documents_per_second  # an upper bound: evaluation computes no gradients
    evaluation = history.evaluations[-1].seconds if history.evaluations else estimate
    checkpoint = history.checkpoints[-1].seconds if history.checkpoints else 0.0
    return _MARGIN + 3 * (step + evaluation + checkpoint)
