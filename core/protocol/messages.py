"""The envelope of the engine service: JSON-RPC 2.0, one message a line of UTF-8.

A message with `method` and `id` is a request; without `id` it is a notification, which is never answered.
A message without `method` is the response to a request: `result` or `error`. Batches are not supported.
While it works on a request, the service sends any number of `progress` notifications.
"""

from enum import IntEnum
from typing import ClassVar, Literal, Protocol

import msgspec

Id = int | str
"""Identifies a request. Use each id once."""

REQUEST_LIMIT = 2**28
"""Bytes of the longest line that the service reads."""


class ErrorCode(IntEnum):
    """Why there is no result. The five standard codes mean that the client or the service has a fault."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    PROBLEM = -32000
    """The user can fix it; `Error.data` says how."""
    CANCELLED = -32800


class ProblemDetails(msgspec.Struct, frozen=True):
    """The fields of a `core.problems.Problem`."""

    what: str
    where: str = ""
    mend: str = ""


class Error(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request has no result."""

    code: int
    """An `ErrorCode`."""
    message: str
    """Sentences to show to the user."""
    data: ProblemDetails | None = None
    """Of the code PROBLEM."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One line, in either direction."""

    jsonrpc: Literal["2.0"]
    id: Id | msgspec.UnsetType | None = msgspec.UNSET
    """Null only in the response to a line whose id could not be read."""
    method: str = ""
    params: msgspec.Raw = msgspec.Raw(b"{}")
    """A JSON object."""
    result: msgspec.Raw = msgspec.Raw(b"")
    """Empty in a message that is no result."""
    error: Error | None = None

    @property
    def request_id(self) -> Id | None:
        """None for a notification."""
        return None if self.id is msgspec.UNSET else self.id


class ProgressReport(msgspec.Struct, frozen=True):
    """Progress of a long request. `total` is 0 when it is unknown.

    A `notable` message is worth a line in a log: later messages do not replace it.
    """

    message: str
    done: int = 0
    total: int = 0
    notable: bool = False


class OnProgress(Protocol):
    """A function that receives the fields of a `ProgressReport`."""

    def __call__(self, message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
        """Report progress."""


class Progress(ProgressReport, frozen=True, kw_only=True):
    """Notification of the service: progress of the request `id`."""

    method: ClassVar[str] = "progress"
    id: Id


class Cancel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Notification of the client: the request `id` is no longer needed.

    The request is answered with the error CANCELLED, unless it was answered before.
    """

    method: ClassVar[str] = "cancel"
    id: Id
