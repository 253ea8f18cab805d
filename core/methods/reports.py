"""Reports on runs. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from pathlib import Path

from core.methods.memory import Memory, Progress
from core.protocol.report import RunReport
from core.runs.directory import RunDirectory


def report(
    memory: Memory, run: str, on_progress: Progress, output: str | None = None, overwrite: bool = False
) -> RunReport:
    """Write the report on a run. `output` is a folder, or a file that ends in .md or .html."""
    from core.reports.writing import write_report

    on_progress("reading the run")
    return write_report(RunDirectory.open(Path(run)), Path(output) if output else None, overwrite=overwrite)
