"""Small records of a run: what it was made with, and what its finished model is."""

import contextlib
from typing import Self

import msgspec

from core.runs.directory import RunDirectory
from core.text.long_text import LongText

MODEL_RECORD = "bertcls.json"


class Environment(msgspec.Struct, frozen=True):
    """Content of environment.json: what the run was made with."""

    versions: dict[str, str]
    device: str
    precision: str
    seed: int
    data_sha256: str
    rows: dict[str, int]
    columns: dict[str, str]

    @classmethod
    def read(cls, run: RunDirectory) -> Self | None:
        """Read the environment of `run`; None if it is missing or damaged."""
        with contextlib.suppress(FileNotFoundError, ValueError, RecursionError):
            return msgspec.json.decode(run.environment.read_bytes(), type=cls)
        return None


class ModelRecord(msgspec.Struct, frozen=True):
    """Content of bertcls.json, which lies beside the weights of a finished model."""

    run: str
    step: int
    labels: list[str]
    max_length: int
    metric: str
    best: float | None
    """Best value of the metric, on the validation split."""
    long_text: LongText = "head"
    """Which part is read of texts longer than `max_length` tokens."""
    default_learning_rate: float | None = None
    """Default of the model that it was trained from; None in folders of earlier versions."""
