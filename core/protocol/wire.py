"""What goes over the pipe: a request, and replies to it."""

from typing import Any, Literal

import msgspec

CANCEL = "cancel"
PING = "ping"
"""Answered at once, also while another request is worked on: by the seconds of a processor used so far."""


class Request(msgspec.Struct, frozen=True):
    """One question. `params` are the keyword arguments of the method."""

    id: int
    method: str
    params: dict[str, Any] = {}


class ProgressReport(msgspec.Struct, frozen=True):
    """How far a long request has come. `total` is 0 when it is not known.

    What is `notable` is worth a line of a log: another message does not make up for it.
    """

    message: str
    done: int = 0
    total: int = 0
    notable: bool = False


class Failure(msgspec.Struct, frozen=True):
    """Why there is no result. The person can mend a `problem`; `internal` is a fault of the program."""

    kind: Literal["problem", "internal", "cancelled"]
    message: str


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of answer to the request of the same id."""

    id: int
    result: msgspec.Raw = msgspec.Raw(b"")
    """JSON; empty when the line is no result."""
    progress: ProgressReport | None = None
    error: Failure | None = None
