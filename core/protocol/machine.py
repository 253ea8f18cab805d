"""Answers about the machine."""

import msgspec


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """doctor(): what this machine has. `ok` is False where something keeps the program from working."""

    name: str
    value: str
    ok: bool = True
    advice: str = ""


class DoctorReport(msgspec.Struct, frozen=True):
    """All diagnoses."""

    items: list[Diagnosis]
