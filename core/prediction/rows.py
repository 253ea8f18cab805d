"""The rows of an output, and what every format of one can do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from core.data.tables.table import Cell

Row = Sequence[Cell]


class RowFormat(Protocol):
    """Rows as bytes. A file is `start()`, then the result of any number of calls of `encode`.

    So an interrupted output can be continued behind the last complete call.

    Args:
        columns: their names.
    """

    def __init__(self, columns: Sequence[str]) -> None: ...

    def start(self) -> bytes:
        """The bytes before the first row."""

    def encode(self, rows: Sequence[Row]) -> bytes:
        """Encode rows, at least one."""

    def complete(self, written: Path) -> Path:
        """Finish a file that has all its rows. May be called again after an interruption.

        Returns:
            The complete file: `written`, or another one beside it.

        Raises:
            OSError: it cannot be written.
        """


def as_json(value: Cell) -> str:
    """A cell as JSON. A value that JSON lacks becomes a string."""
    return ENCODER.encode(value).decode()


ENCODER = msgspec.json.Encoder(enc_hook=str)
