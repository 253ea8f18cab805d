"""Sentences and formats shared by the parts of a report and the model card."""

import time
from collections.abc import Sequence

from core.protocol.report import RunFacts
from core.runs.events import Evaluation
from core.text import format
from core.text.long_text import LONG_TEXT_WORDING, MOST_WINDOWS

_DIGITS = 4


def score(value: float | None) -> str:
    """Format a metric or loss with four digits."""
    return format.NONE if value is None else f"{value:.{_DIGITS}f}"


def interval(low: float, high: float) -> str:
    """Format an interval of scores."""
    return f"{score(low)} to {score(high)}"


def texts(count: int) -> str:
    """Format a number of texts."""
    return f"{count:,} {'text' if count == 1 else 'texts'}"


def moment(seconds: float) -> str:
    """Format seconds since the epoch as date and time (UTC)."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def value_of(metric: str, evaluation: Evaluation) -> float | None:
    """Return a metric of an evaluation by its name."""
    found: float | None = getattr(evaluation, metric)
    return found


def long_texts(facts: RunFacts) -> str:
    """Return a sentence on how long texts are read; empty without a plan."""
    if facts.plan is None:
        return ""
    limit = f", at most {MOST_WINDOWS} of them" if facts.plan.long_text == "windows" else ""
    how = LONG_TEXT_WORDING[facts.plan.long_text]
    return f"Texts longer than {facts.plan.max_length:,} tokens {how}{limit}."


def listed(names: Sequence[str], limit: int | None = None) -> str:
    """Join names for a sentence: `a, b and c`; those after `limit` become `…`."""
    if limit is not None and len(names) > limit:
        return f"{listed(names[:limit])}, …"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
