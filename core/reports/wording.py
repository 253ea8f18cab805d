"""Words and numbers that all parts of a report share."""

import time
from collections.abc import Sequence

from core.protocol.report import RunFacts
from core.runs.events import Evaluation
from core.text import format
from core.text.long_text import MOST_WINDOWS

_DIGITS = 4
_READ = {
    "head": "only the beginning is read",
    "tail": "only the end is read",
    "head-tail": "only the beginning and the end are read",
    "windows": f"all is read that {MOST_WINDOWS} windows hold, which overlap",
}


def score(value: float | None) -> str:
    """A metric or loss with four digits."""
    return format.NONE if value is None else f"{value:.{_DIGITS}f}"


def interval(low: float, high: float) -> str:
    """An interval of scores."""
    return f"{score(low)} to {score(high)}"


def texts(count: int) -> str:
    """A number of texts."""
    return f"{count:,} {'text' if count == 1 else 'texts'}"


def moment(seconds: float) -> str:
    """A time since the epoch, as day and hour of the world's clock."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def value_of(metric: str, evaluation: Evaluation) -> float | None:
    """The metric that selects checkpoints, in an evaluation."""
    found: float | None = getattr(evaluation, metric)
    return found


def length(facts: RunFacts) -> str:
    """What becomes of texts that are longer than the model reads at once; empty without a plan."""
    if facts.plan is None:
        return ""
    return f"Of texts longer than {facts.plan.max_length:,} tokens {_READ[facts.plan.long_text]}."


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
