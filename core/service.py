"""The engine service: answers JSON-RPC requests, one a line, on its standard streams.

Start it with `python -P -m core.service`; it ends at the end of its input. It works on one request at a time
but reads ahead: a `cancel` ends the request at its next progress report or drops it from the queue, and a
`ping` is answered at once.
"""

import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from queue import SimpleQueue
from typing import BinaryIO

from core.methods import Methods
from core.problems import Problem
from core.protocol import (
    REQUEST_LIMIT,
    Cancel,
    Error,
    ErrorCode,
    Message,
    Ping,
    Pong,
    ProblemDetails,
    Progress,
    RequestError,
    decode_call,
    decode_cancel,
    decode_request,
    encode_call,
    encode_error,
    encode_result,
)
from core.protocol.messages import Id
from core.runs.launch import lower_priority


class Cancelled(Exception):  # noqa: N818 - not an error
    """The client no longer needs the answer to the current request."""


class Service:
    """Reads requests from one stream and writes messages to another."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies
        self._methods = Methods()
        # Requests in the order of their arrival; None is the end of the input.
        self._queue: SimpleQueue[tuple[Id, Message] | None] = SimpleQueue()
        self._waiting: set[Id] = set()
        self._cancelled: set[Id] = set()
        self._writing = threading.Lock()

    def run(self) -> None:
        """Answer until the input ends."""
        threading.Thread(target=self._read_ahead, daemon=True).start()
        while (queued := self._queue.get()) is not None:
            self._send(self._answer(*queued))

    def _read_ahead(self) -> None:
        for line in _lines(self._requests):
            try:
                self._receive(line)
            except RequestError as error:
                self._send(encode_error(error.id, Error(error.code, str(error))))
        self._queue.put(None)

    def _receive(self, line: bytes | None) -> None:
        if line is None:
            limit = f"{REQUEST_LIMIT:,} bytes"
            raise RequestError(
                ErrorCode.INVALID_REQUEST, f"Invalid request: the line is longer than {limit}."
            )
        call = decode_call(line)
        id = call.request_id
        if id is None:
            self._notice(call)
        elif id in self._waiting:
            raise RequestError(ErrorCode.INVALID_REQUEST, f"Invalid request: the id {id!r} is in use.")
        elif call.method == Ping.method:
            decode_request(call)
            self._send(encode_result(id, Pong(time.process_time())))
        else:
            self._waiting.add(id)
            self._queue.put((id, call))

    def _notice(self, notification: Message) -> None:
        """Execute a notification. One that is not understood goes to the log: it gets no answer."""
        try:
            if notification.method != Cancel.method:
                raise RequestError(ErrorCode.METHOD_NOT_FOUND, f"{notification.method!r} without an id")
            cancelled = decode_cancel(notification).id
        except RequestError as error:
            sys.stderr.write(f"ignored a notification: {error}\n")
            return
        if cancelled in self._waiting:
            self._cancelled.add(cancelled)

    def _answer(self, id: Id, call: Message) -> bytes:
        """The line that answers a request."""

        def on_progress(message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
            if id in self._cancelled:
                raise Cancelled
            self._send(encode_call(Progress(message, done, total, notable, id=id)))

        try:
            if id in self._cancelled:
                raise Cancelled
            return encode_result(id, self._methods.answer(decode_request(call), on_progress))
        except Cancelled:
            error = Error(ErrorCode.CANCELLED, "The request was cancelled.")
        except RequestError as invalid:
            error = Error(invalid.code, str(invalid))
        except Problem as problem:
            details = ProblemDetails(problem.what, problem.where, problem.mend)
            error = Error(ErrorCode.PROBLEM, str(problem), details)
        except Exception as fault:  # noqa: BLE001 - every fault is answered; the service stays alive
            traceback.print_exc()
            error = Error(ErrorCode.INTERNAL_ERROR, f"{type(fault).__name__}: {fault}")
        finally:
            self._waiting.discard(id)
            self._cancelled.discard(id)
        return encode_error(id, error)

    def _send(self, line: bytes) -> None:
        with self._writing:
            self._replies.write(line)
            self._replies.flush()


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """The lines of a stream; None for one that is longer than the limit, which is not kept in memory."""
    while line := stream.readline(REQUEST_LIMIT):
        if line.endswith(b"\n") or len(line) < REQUEST_LIMIT:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(REQUEST_LIMIT)
        yield None


def _own_stdout() -> BinaryIO:
    """Reserve standard output for messages: what libraries print goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def main() -> None:
    """Serve standard input and output."""
    lower_priority(5)
    os.umask(os.umask(0o077) | 0o022)  # files that it writes are never writable by others
    replies = _own_stdout()
    try:
        Service(sys.stdin.buffer, replies).run()
    except (BrokenPipeError, KeyboardInterrupt):
        # The client has ended or is ending.
        os._exit(0)


if __name__ == "__main__":
    main()
