"""Engine: the asynchronous client of the engine service.

The service is a child process that speaks `core.protocol` on its standard streams. The first request starts
it; after it has died, the next request starts it again.
"""

import asyncio
import contextlib
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from typing import IO, Any, NamedTuple

import msgspec

from core.problems import Problem
from core.protocol import (
    REQUEST_LIMIT,
    Cancel,
    Error,
    ErrorCode,
    Message,
    Ping,
    Pong,
    Progress,
    ProgressReport,
    Request,
    decode_answer,
    encode_call,
)
from core.protocol.requests import AnswerT
from core.runs.launch import child_environment
from tui.engine.heartbeat import HEARTBEAT_INTERVAL, wait_until_unresponsive

SERVICE = (sys.executable, "-P", "-m", "core.service")
# Bytes of the longest line that the client reads.
LINE_LIMIT = 2**26
# Seconds that the service gets to end after its input is closed.
CLOSE_TIMEOUT = 0.5

_UNRESPONSIVE = "The engine stopped responding and was ended. Try again: it restarts with the next request."

OnProgress = Callable[[ProgressReport], None]


class EngineFault(Exception):  # noqa: N818 - a fault of the program
    """The engine service failed in a way that the user cannot fix."""


class _Pending(NamedTuple):
    answer: asyncio.Future[msgspec.Raw]
    on_progress: OnProgress | None


class Engine:
    """One engine service. It works on one request at a time; use two engines to have two at work.

    Args:
        command: starts the service.
        heartbeat: seconds between two pings while an answer is awaited.
    """

    def __init__(self, command: Sequence[str] = SERVICE, *, heartbeat: float = HEARTBEAT_INTERVAL) -> None:
        self._command = command
        self._heartbeat = heartbeat
        self._pings: dict[int, asyncio.Future[float]] = {}
        self._progress = 0
        self._unresponsive: Process | None = None
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._decoder = msgspec.json.Decoder(Message)

    async def ask(self, request: Request[AnswerT], *, on_progress: OnProgress | None = None) -> AnswerT:
        """Send a request and wait for its answer. Cancelling the task cancels the request.

        Raises:
            Problem: the user can fix why there is no answer.
            EngineFault: the service failed or died.
        """
        self._last_id += 1
        id = self._last_id
        line = _line(request, id)
        process = await self._started()
        pending = _Pending(asyncio.get_running_loop().create_future(), on_progress)
        self._pending[id] = pending
        try:
            await self._send(process, line)
            return decode_answer(request, await pending.answer)
        except asyncio.CancelledError:
            self._write(process, encode_call(Cancel(id)))
            raise
        except msgspec.MsgspecError as error:
            raise EngineFault(f"The engine sent an invalid answer ({error}).") from error
        finally:
            self._pending.pop(id, None)

    async def close(self) -> None:
        """End the service. Pending requests raise `EngineFault`; a later request starts a new service."""
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(asyncio.shield(reader), CLOSE_TIMEOUT)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await reader

    async def _started(self) -> Process:
        async with self._starting:
            if self._process is None:
                # Not the terminal: what libraries print there would corrupt the screen.
                try:
                    errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
                except OSError as error:
                    raise EngineFault(f"No temporary file can be written ({error.strerror}).") from error
                try:
                    self._process = await asyncio.create_subprocess_exec(
                        *self._command,
                        stdin=PIPE,
                        stdout=PIPE,
                        stderr=errors,
                        limit=LINE_LIMIT,
                        env=child_environment(),
                    )
                except OSError as error:
                    errors.close()
                    raise EngineFault(f"The engine cannot be started ({error}).") from error
                self._reader = asyncio.create_task(self._read(self._process, errors))
            return self._process

    async def _send(self, process: Process, line: bytes) -> None:
        self._write(process, line)
        # If the service has just died, the reader says so to every pending request.
        with contextlib.suppress(ConnectionError):
            if process.stdin is not None:
                await process.stdin.drain()

    def _write(self, process: Process, line: bytes) -> None:
        if process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line)

    def _ping(self, process: Process) -> "asyncio.Future[float]":
        self._last_id += 1
        self._pings = {self._last_id: asyncio.get_running_loop().create_future()}
        self._write(process, encode_call(Ping(), self._last_id))
        return self._pings[self._last_id]

    async def _end_when_unresponsive(self, process: Process) -> None:
        await wait_until_unresponsive(
            lambda: self._ping(process),
            lambda: bool(self._pending),
            lambda: self._progress,
            self._heartbeat,
        )
        self._unresponsive = process
        process.kill()

    async def _read(self, process: Process, errors: IO[bytes]) -> None:
        """Dispatch the messages of `process` until it ends; then fail the requests that are pending."""
        assert process.stdout is not None
        heartbeat = asyncio.create_task(self._end_when_unresponsive(process))
        try:
            while line := await process.stdout.readline():
                self._dispatch(line)
        except (ValueError, msgspec.MsgspecError):
            # A line that is too long or no message: what follows it cannot be trusted either.
            process.kill()
        finally:
            heartbeat.cancel()
            self._process = None
            pending, self._pending = self._pending, {}
            code = await process.wait()
            fault = EngineFault(_UNRESPONSIVE) if self._unresponsive is process else _fault(code, errors)
            errors.close()
            for each in pending.values():
                if not each.answer.done():
                    each.answer.set_exception(fault)

    def _dispatch(self, line: bytes) -> None:
        message = self._decoder.decode(line)
        if message.method == Progress.method:
            self._show_progress(msgspec.json.decode(message.params, type=Progress))
        elif isinstance(message.id, int):
            self._take_response(message.id, message)
        elif message.error is not None:
            raise ValueError(message.error.message)  # the service could not read a line of this client

    def _show_progress(self, progress: Progress) -> None:
        pending = self._pending.get(progress.id) if isinstance(progress.id, int) else None
        if pending is None or pending.answer.done():
            return  # nobody waits for it any more
        self._progress += 1
        if pending.on_progress is not None:
            pending.on_progress(progress)

    def _take_response(self, id: int, message: Message) -> None:
        if (pong := self._pings.pop(id, None)) is not None:
            if message.error is not None:
                raise ValueError(message.error.message)  # a service that cannot answer a ping is of no use
            pong.set_result(msgspec.json.decode(message.result, type=Pong).cpu_seconds)
            return
        pending = self._pending.get(id)
        if pending is None or pending.answer.done():
            return  # nobody waits for it any more
        if message.error is not None:
            pending.answer.set_exception(_exception(message.error))
        else:
            pending.answer.set_result(message.result)


def _line(request: Request[Any], id: int) -> bytes:
    """A request as it is sent.

    Raises:
        Problem: a text is not UTF-8 (arguments that are not arrive as lone surrogates), or all are too long.
    """
    try:
        line = encode_call(request, id)
    except UnicodeEncodeError as error:
        shown = error.object[: error.start + 1].encode(errors="replace").decode()[-40:]
        raise Problem("this text is not UTF-8", where=shown, mend="Write it in UTF-8.") from None
    if len(line) > REQUEST_LIMIT:
        raise Problem(
            f"the texts have more than {REQUEST_LIMIT >> 20} MiB",
            mend="Write them to a file and use `predict --file`.",
        )
    return line


def _exception(error: Error) -> Exception:
    if error.code == ErrorCode.PROBLEM and error.data is not None:
        return Problem(error.data.what, where=error.data.where, mend=error.data.mend)
    return EngineFault(error.message)


def _fault(code: int, errors: IO[bytes]) -> EngineFault:
    """The fault of a service that ended with `code`, with the last line that it wrote to `errors`."""
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    errors.seek(0)
    lines = errors.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    output = f" Its last output: {last}" if last else ""
    return EngineFault(f"The engine ended {how}. It restarts with the next request.{output}")
