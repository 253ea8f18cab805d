"""Numbers as people read them: see core/format.py, which reports need as well."""

from core.format import NONE, ago, count, duration, learning_rate, metric, percent, rate, score, size

__all__ = ["NONE", "ago", "count", "duration", "learning_rate", "metric", "percent", "rate", "score", "size"]
