"""The progress of the engine service as text."""

from core.protocol import ProgressReport
from core.text.plain import plain


def progress(report: ProgressReport) -> str:
    """The current work and its count: `looking at texts 4,096 of 50,000`."""
    count = f" {report.done:,} of {report.total:,}" if report.total else ""
    return plain(report.message) + count
