"""Reports on a run and on the machine. Heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from pathlib import Path

from core.methods.memory import Memory
from core.protocol import Diagnose, DoctorReport, OnProgress, RunReport, WriteReport
from core.runs.directory import RunDirectory


def write_report(memory: Memory, request: WriteReport, on_progress: OnProgress) -> RunReport:
    """Write the report on a run."""
    from core.reports import writing

    on_progress("reading the run")
    output = Path(request.output) if request.output else None
    return writing.write_report(RunDirectory.open(Path(request.run)), output, overwrite=request.overwrite)


def diagnose(memory: Memory, request: Diagnose, on_progress: OnProgress) -> DoctorReport:
    """Versions, devices and free space of this machine."""
    from core import doctor

    return DoctorReport(doctor.diagnose())
