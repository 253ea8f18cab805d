"""Silence: a trainer that lives, but gave no sign for longer than its own rhythm explains."""

from core.runs.history import History

# In these states something should be happening.
_AT_WORK = ("starting", "training", "finishing")
# Outside of the training loop, where nothing tells how long something takes; and beyond what does, within it.
_LONG, _SPARE = 120.0, 30.0


def silence(history: History, state: str, quiet: float) -> float | None:
    """`quiet` where it is longer than what can be explained; None where it is not, or nothing is at work.

    Args:
        history: of the run.
        state: of the run, a `RunState`.
        quiet: seconds since its last event.
    """
    return quiet if state in _AT_WORK and quiet > longest_quiet(history, state) else None


def longest_quiet(history: History, state: str) -> float:
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
