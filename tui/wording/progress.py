"""How far the engine has come, in words."""

from core.protocol import ProgressReport
from core.text.plain import plain


def progress(report: ProgressReport) -> str:
    """What it is busy with, and how much of how much is done: `looking at texts 4,096 of 50,000`."""
    count = f" {report.done:,} of {report.total:,}" if report.total else ""
    return plain(report.message) + count
