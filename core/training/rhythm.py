"""How long to train and how often to evaluate, derived from the data so that early stopping can act.

Costs are counted in forward passes of one text: a training step costs three for each text, evaluation one.
"""

import math

# Training length when none is asked for: so many epochs, but small data needs more of them to learn at all.
DEFAULT_EPOCHS = 3
FEWEST_STEPS = 300
MOST_EPOCHS = 10

_TRAINING_COST = 3
_EVALUATION_SHARE = 0.3
_SPARE_EVALUATIONS = 3
_NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0)


def training_steps(rows: int, batch_size: int, max_steps: int | None, epochs: float | None) -> int:
    """Number of steps for `rows` training texts: as asked, else derived."""
    steps_per_epoch = math.ceil(rows / batch_size)
    if max_steps is not None:
        return max_steps
    if epochs is not None:
        return max(1, round(epochs * steps_per_epoch))
    return max(DEFAULT_EPOCHS * steps_per_epoch, min(FEWEST_STEPS, MOST_EPOCHS * steps_per_epoch))


def patience_start(max_steps: int, warmup_steps: int) -> int:
    """The step from which on evaluations use patience.

    An encoder may guess for a hundred steps and more until its new layer has found a direction, whatever the
    size of the data: no run is given up during warm-up, or in its first 300 steps, or half of a shorter one.
    """
    return max(warmup_steps, min(FEWEST_STEPS, max_steps // 2))


def evaluation_rhythm(
    max_steps: int, batch_size: int, validation_rows: int, patience: int, patience_from: int
) -> int:
    """Steps between evaluations.

    Enough evaluations that patience can run out, though none is used before the step `patience_from`; not
    more than cost a third of the training; and never as many as would cost more than the training itself,
    even if patience can then not run out.
    """
    training = _TRAINING_COST * max_steps * batch_size
    affordable = _EVALUATION_SHARE * training / validation_rows
    later = max(1, max_steps - patience_from)
    enough = max(patience + _SPARE_EVALUATIONS, (patience + 1) * max_steps / later)
    wanted = max(min(affordable, 4 * patience), enough)
    bearable = max(1.0, training / validation_rows)
    evaluations = min(wanted, bearable, max_steps)
    return _round_down(max(1, int(max_steps / evaluations)))


def stopping_step(step: int, left: int, eval_steps: int, patience_from: int) -> int:
    """Where early stopping acts when no evaluation after `step` is a new best.

    Args:
        step: of the last evaluation.
        left: evaluations without a new best that are still borne.
        eval_steps: steps between evaluations.
        patience_from: evaluations before this step use no patience.
    """
    first = max(step // eval_steps + 1, math.ceil(patience_from / eval_steps))
    return (first + left - 1) * eval_steps


def _round_down(steps: int) -> int:
    """The largest pleasant number (25, 30, 40, 50, …) that is not above `steps`."""
    size = 10.0 ** math.floor(math.log10(steps))
    pleasant = (int(factor * size) for factor in _NICE if factor * size == int(factor * size))
    return max(number for number in pleasant if number <= steps)
