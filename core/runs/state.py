"""The state of a run, from its history and its lock."""

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

# The states in which `resume` makes sense.
RESUMABLE: tuple[RunState, ...] = ("interrupted", "stopped", "failed")

# In these states something should be happening.
_AT_WORK = ("starting", "training", "finishing")
# Outside of the training loop, where nothing tells how long something takes; and beyond what does, within it.
_LONG, _SPARE = 120.0, 30.0


def state_of(history: History, *, is_alive: bool, is_launching: bool = False) -> RunState:
    """The state of a run from its events, its lock, and whether a trainer is on its way to the lock."""
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


_ENDED: dict[str, RunState] = {
    "finished": "finished",
    "early_stopped": "early stopped",
    "stopped": "stopped",
    "failed": "failed",
    "refused": "failed",
}


def reason_of(history: History, state: RunState) -> str:
    """Why a run in this state does not go on, or went wrong; empty where there is nothing to say."""
    if history.blocked is not None and state == "waiting for disk space":
        blocked = history.blocked
        return f"not enough disk space for {blocked.what} in {blocked.folder} ({blocked.reason})"
    return history.ended.error if history.ended else ""


def unresponsive_seconds(history: History, state: str, quiet: float) -> float | None:
    """`quiet` where it is longer than what can be explained; None where it is not, or nothing is at work.

    Args:
        history: of the run.
        state: of the run, a `RunState`.
        quiet: seconds since its last event.
    """
    return quiet if state in _AT_WORK and quiet > expected_quiet(history, state) else None


def expected_quiet(history: History, state: str) -> float:
    """Seconds between two events that are no wonder: step, evaluation and checkpoint, thrice as slow."""
    plan, last = history.plan, history.last_step
    if state != "training" or plan is None or last is None or not last.documents_per_second:
        return _LONG
    step = plan.train_batch_size / last.documents_per_second
    texts = next((split.rows for split in plan.splits if split.name == "validation"), 0)
    guess = texts / last.documents_per_second  # it computes no gradients: at most as long as training on them
    evaluation = history.evaluations[-1].seconds if history.evaluations else guess
    checkpoint = history.checkpoints[-1].seconds if history.checkpoints else 0.0
    return _SPARE + 3 * (step + evaluation + checkpoint)
