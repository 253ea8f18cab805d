"""Small records of a run: what it was made with, and what its finished model is."""

import contextlib
from typing import Self

import msgspec

from core.runs.directory import RunDirectory
from core.text.long_text import LongText

MODEL_RECORD = "bertcls.json"


class Environment(msgspec.Struct, frozen=True):
    """The content of environment.json."""

    versions: dict[str, str]
    device: str
    precision: str
    seed: int
    data_sha256: str
    rows: dict[str, int]
    columns: dict[str, str]

    @classmethod
    def read(cls, run: RunDirectory) -> Self | None:
        """That of `run`; None where there is none, or none that can be read."""
        with contextlib.suppress(FileNotFoundError, ValueError, RecursionError):
            return msgspec.json.decode(run.environment.read_bytes(), type=cls)
        return None


class ModelRecord(msgspec.Struct, frozen=True):
    """What a finished model says of itself beside its config."""

    run: str
    step: int
    labels: list[str]
    max_length: int
    metric: str
    best: float | None
    """Best value of the metric, on the validation split."""
    long_text: LongText = "head"
    """What is read of texts longer than `max_length`."""
