"""Questions about the machine. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from core.methods.memory import Memory, Progress
from core.protocol import DoctorReport


def doctor(memory: Memory, on_progress: Progress) -> DoctorReport:
    """What this machine has."""
    from core.doctor import diagnose

    return DoctorReport(diagnose())
