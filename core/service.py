"""The engine service: JSON lines in on standard input, JSON lines out on standard output.

`python -P -m core.service`. It answers one request after the other and ends when its input ends. It reads
ahead all the same: a request that was given up meanwhile is dropped, or ends at its next sign of progress. A
ping is answered at once.
"""

import os
import sys
import threading
import time
import traceback
from queue import SimpleQueue
from typing import BinaryIO

import msgspec

from core.methods import Methods
from core.problems import Problem
from core.protocol import CANCEL, PING, Failure, ProgressReport, Reply, Request
from core.runs.launch import lower_priority


class GivenUp(Exception):  # noqa: N818 - it is no error
    """Nobody waits any more for the answer to the request under way."""


class Service:
    """Reads requests from one stream and writes replies to another."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies
        self._methods = Methods()
        self._decoder = msgspec.json.Decoder(Request)
        # What was read: requests, what to say of lines that are none, and None at the end of the input.
        self._read: SimpleQueue[Request | Reply | None] = SimpleQueue()
        self._given_up: set[int] = set()
        self._writing = threading.Lock()

    def run(self) -> None:
        """Answer until the input ends."""
        threading.Thread(target=self._read_ahead, daemon=True).start()
        while (read := self._read.get()) is not None:
            self._send(read if isinstance(read, Reply) else self._answer(read))

    def _read_ahead(self) -> None:
        for line in self._requests:
            try:
                request = self._decoder.decode(line)
            except (ValueError, RecursionError) as error:
                self._read.put(Reply(0, error=Failure("internal", f"this is no request: {error}")))
                continue
            if request.method == CANCEL:
                self._given_up.add(request.id)
            elif request.method == PING:
                self._send(Reply(request.id, result=msgspec.Raw(msgspec.json.encode(time.process_time()))))
            else:
                self._read.put(request)
        self._read.put(None)

    def _answer(self, request: Request) -> Reply:
        def on_progress(message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
            if request.id in self._given_up:
                raise GivenUp
            self._send(Reply(request.id, progress=ProgressReport(message, done, total, notable)))

        try:
            if request.id in self._given_up:
                raise GivenUp
            result = self._methods.call(request.method, request.params, on_progress)
        except GivenUp:
            return Reply(request.id, error=Failure("cancelled", "The request was given up."))
        except Problem as problem:
            return Reply(request.id, error=Failure("problem", str(problem)))
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the answer; the service lives on
            traceback.print_exc()
            return Reply(request.id, error=Failure("internal", f"{type(error).__name__}: {error}"))
        finally:
            self._given_up.discard(request.id)
        return Reply(request.id, result=msgspec.Raw(msgspec.json.encode(result)))

    def _send(self, reply: Reply) -> None:
        line = msgspec.json.encode(reply) + b"\n"
        with self._writing:
            self._replies.write(line)
            self._replies.flush()


def _own_stdout() -> BinaryIO:
    """Keep standard output for replies: whatever a library prints goes to standard error instead."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def main() -> None:
    """Serve standard input and output."""
    lower_priority(5)
    os.umask(os.umask(0o077) | 0o022)  # nobody else may change what it writes
    replies = _own_stdout()
    try:
        Service(sys.stdin.buffer, replies).run()
    except (BrokenPipeError, KeyboardInterrupt):
        # The one who asked is gone, or is leaving: nobody is there to be told.
        os._exit(0)


if __name__ == "__main__":
    main()
