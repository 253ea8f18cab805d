"""What the trainer hands over to the process that writes its checkpoints."""

import msgspec


class StagedFile(msgspec.Struct, frozen=True):
    """A file whose content lies in the shared memory of the trainer.

    Attributes:
        name: of the file in the checkpoint.
        prefix: what the file begins with.
        offset: where the rest begins in the shared memory, in bytes.
        size: how long the rest is, in bytes.
    """

    name: str
    prefix: bytes
    offset: int
    size: int


class WriteOrder(msgspec.Struct, frozen=True):
    """Complete the checkpoint that was begun in `folder`."""

    step: int
    is_best: bool
    folder: str
    files: list[StagedFile]
    began: float
    """Unix time at which the trainer began with it."""


class Written(msgspec.Struct, frozen=True):
    """The answer to an order. `error` is empty when the checkpoint is complete."""

    step: int
    is_best: bool
    bytes: int = 0
    seconds: float = 0.0
    error: str = ""
    error_number: int | None = None
    """That of the system for it, such as errno.ENOSPC."""
