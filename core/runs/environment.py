"""Environment: what a run was made with, as environment.json keeps it."""

import contextlib
from typing import Self

import msgspec

from core.runs.directory import RunDirectory


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
