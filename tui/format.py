"""Numbers as people read them: see core/format.py, which reports need as well."""

from core.format import (
    NONE,
    accuracy,
    ago,
    count,
    duration,
    f1,
    learning_rate,
    metric,
    percent,
    rate,
    score,
    size,
)

__all__ = [
    "NONE",
    "accuracy",
    "ago",
    "count",
    "duration",
    "f1",
    "learning_rate",
    "metric",
    "percent",
    "rate",
    "score",
    "size",
]
