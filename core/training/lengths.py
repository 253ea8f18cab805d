"""Length of training, evaluation interval and patience: as configured, otherwise derived from the data.

Costs are counted in forward passes of one text: a training step costs three for each text, an evaluation one.
The defaults were chosen on recorded curves: see `stopping_rules` in tests/benchmarks/README.md.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from core.config import FROM_SCRATCH, RunConfig
from core.config.settings import Schedule
from core.runs.plan import Plan


class _Usual(NamedTuple):
    """A default length: so many epochs, but small data need more to learn anything at all."""

    epochs: int
    fewest_steps: int
    most_epochs: int


_FINE_TUNING = _Usual(3, 300, 10)
_FROM_SCRATCH = _Usual(10, 3000, 20)

PATIENCE = 5
"""Default patience in evaluations, where that is an epoch or more."""

_TRAINING_COST = 3
_EVALUATION_SHARE = 0.3
_EVALUATIONS = 20
# With fewer, the default patience could not run out.
_FEWEST_EVALUATIONS = 12
_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0)


@dataclass(frozen=True)
class Lengths:
    """How long a run trains, how often it is evaluated, and when early stopping may act."""

    max_steps: int
    eval_steps: int
    patience: int
    """In evaluations."""
    patience_from: int
    """Evaluations before this step use no patience."""

    @classmethod
    def of(
        cls, config: RunConfig, rows: int, validation_rows: int, recorded: Plan | None = None
    ) -> "Lengths":
        """Derive what `config` leaves open.

        Args:
            config: of the run.
            rows: training examples.
            validation_rows: validation examples.
            recorded: plan of a run that resumes. Its derived numbers stay, whatever they would be today.
        """
        training, stopping = config.training, config.stopping
        batch_size = training.train_batch_size
        epoch = math.ceil(rows / batch_size)
        if recorded is not None:
            return cls(
                max_steps=_asked_steps(config, epoch) or recorded.max_steps,
                eval_steps=training.eval_steps or recorded.eval_steps,
                patience=stopping.patience or recorded.patience,
                patience_from=recorded.patience_from if stopping.start_from is None else stopping.start_from,
            )
        from_scratch = config.model.name in FROM_SCRATCH
        max_steps = _asked_steps(config, epoch) or training_steps(rows, batch_size, from_scratch=from_scratch)
        eval_steps = training.eval_steps or evaluation_interval(max_steps, batch_size, validation_rows)
        warmup_steps = int(training.warmup * max_steps)
        return cls(
            max_steps,
            eval_steps,
            stopping.patience or patience_of(epoch, eval_steps),
            patience_start(max_steps, warmup_steps, epoch, training.schedule)
            if stopping.start_from is None
            else stopping.start_from,
        )


def _asked_steps(config: RunConfig, epoch: int) -> int | None:
    training = config.training
    if training.epochs is not None:
        return max(1, round(training.epochs * epoch))
    return training.max_steps


def training_steps(rows: int, batch_size: int, *, from_scratch: bool = False) -> int:
    """Return the default number of steps for `rows` training examples."""
    epoch = math.ceil(rows / batch_size)
    usual = _FROM_SCRATCH if from_scratch else _FINE_TUNING
    return max(usual.epochs * epoch, min(usual.fewest_steps, usual.most_epochs * epoch))


def evaluation_interval(max_steps: int, batch_size: int, validation_rows: int) -> int:
    """Return the steps between two evaluations: some twenty evaluations, as far as they are cheap.

    They cost at most a third of the training where twelve are affordable for that, and never more than the
    training itself, even if patience can then not run out.
    """
    training = _TRAINING_COST * max_steps * batch_size
    affordable = _EVALUATION_SHARE * training / validation_rows
    wanted = max(min(affordable, _EVALUATIONS), _FEWEST_EVALUATIONS)
    most = max(1.0, training / validation_rows)
    evaluations = min(wanted, most, max_steps)
    return _round_down(max(1, int(max_steps / evaluations)))


def patience_of(epoch: int, eval_steps: int) -> int:
    """Return the default patience in evaluations: it spans at least an epoch of so many steps."""
    return max(PATIENCE, math.ceil(epoch / eval_steps))


def patience_start(max_steps: int, warmup_steps: int, epoch: int, schedule: Schedule) -> int:
    """Return the step from which evaluations use patience.

    Never during warm-up, nor before each text was seen once. Whatever the size of the data, an encoder may
    guess for a hundred steps or more until its new head has found a direction: so not in the first 300 steps
    or the first half of a shorter run either. A learning rate that falls to zero gains most in its second
    half, which is waited for.

    Args:
        max_steps: length of the run.
        warmup_steps: of the learning rate.
        epoch: steps of an epoch.
        schedule: of the learning rate.
    """
    half = max_steps // 2
    return max(warmup_steps, epoch, half if schedule == "linear" else min(_FINE_TUNING.fewest_steps, half))


def _round_down(steps: int) -> int:
    """Return the largest round number (25, 30, 40, 50, …) up to `steps`."""
    size = 10.0 ** math.floor(math.log10(steps))
    numbers = (int(factor * size) for factor in _ROUND if factor * size == int(factor * size))
    return max(number for number in numbers if number <= steps)
