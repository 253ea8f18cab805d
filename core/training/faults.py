"""What can go wrong in the middle of training, and what a run does about a loss that is no number."""

from core.problems import Problem
from core.runs.changes import learning_rate_factor
from core.runs.events import EventWriter, NotFinite, RolledBack
from core.runs.history import History

# Of a run; the learning rate is halved each time, and a lower one would hardly help.
MOST_ROLLBACKS = 2


class NotFiniteError(Exception):
    """A figure of training is not a finite number; weights that come of it are worth nothing.

    Args:
        step: the one that it is of.
        what: the loss, the gradient, or the output on validation.
    """

    def __init__(self, step: int, what: str) -> None:
        super().__init__(f"the {what} is not finite at step {step}")
        self.step = step
        self.what = what


def roll_back(
    fault: NotFiniteError, to_step: int, history: History, events: EventWriter, *, on_nan: str
) -> None:
    """Say what happened, and that the run goes back to `to_step` with half the learning rate.

    Args:
        fault: what happened.
        to_step: of the last checkpoint; it was written before.
        history: of the run until now.
        events: of the run.
        on_nan: stop or rollback.

    Raises:
        Problem: it does not go back: that was not asked for, or was done often enough.
    """
    events.write(NotFinite(step=fault.step, what=fault.what), durable=True)
    times = len(history.rollbacks)
    if on_nan == "stop" or times >= MOST_ROLLBACKS:
        done = "" if on_nan == "stop" else f", though the learning rate was halved {times} times before"
        raise Problem(
            f"{fault}{done}",
            mend="Train anew with a lower --learning-rate or a longer warm-up (--set training.warmup=0.2).",
        )
    factor = learning_rate_factor(history.changes, fault.step) / 2
    events.write(
        RolledBack(step=fault.step, to_step=to_step, what=fault.what, learning_rate_factor=factor),
        durable=True,
    )
