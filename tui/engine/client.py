"""Engine: the client of the engine service, used by the app and by the command line.

The service is a child process that speaks core/protocol.py on its standard input and output. It is started
with the first request, started again when it died, and ends when its input is closed.
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
from core.protocol import CANCEL, PING, RESULTS, Failure, ProgressReport, Reply, Request
from core.runs.launch import child_environment
from tui.engine.heartbeat import BEAT, Heart

SERVICE = (sys.executable, "-P", "-m", "core.service")
# Longest line in bytes, and seconds that a service gets to end by itself.
LINE_LIMIT = 2**26
GRACE = 0.5

_HUNG = "The engine gave no sign for a long time and was ended. Ask again: it is started anew."

OnProgress = Callable[[ProgressReport], None]


class Told(Problem):
    """A problem that the service has put into words already; its text is the message as it came."""

    def __str__(self) -> str:
        return self.what


class EngineFault(Exception):  # noqa: N818 - named for what it is: a fault of the program
    """The engine service failed in a way that no person can mend."""


class _Pending(NamedTuple):
    answer: asyncio.Future[msgspec.Raw]
    on_progress: OnProgress | None


class Engine:
    """One engine service. Requests of one engine are answered in turn; make two to have two at work.

    Args:
        command: how the service is started.
        beat: seconds between two signs of life that are asked for while an answer is waited for.
    """

    def __init__(self, command: Sequence[str] = SERVICE, *, beat: float = BEAT) -> None:
        self._command = command
        self._beat = beat
        self._pings: dict[int, asyncio.Future[float]] = {}
        self._progress = 0
        self._hung: Process | None = None
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._decoder = msgspec.json.Decoder(Reply)

    async def request(
        self, method: str, params: dict[str, Any], *, on_progress: OnProgress | None = None
    ) -> msgspec.Struct:
        """Ask the service and wait for the result, a record of the type `RESULTS[method]`.

        When the one who waits is cancelled the service gives the request up too.

        Raises:
            Problem: something that a person can mend; its text is a whole sentence.
            EngineFault: the service failed or died.
        """
        self._last_id += 1
        number = self._last_id
        line = _line(Request(number, method, params))
        process = await self._started()
        pending = _Pending(asyncio.get_running_loop().create_future(), on_progress)
        self._pending[number] = pending
        try:
            await self._send(process, line)
            return msgspec.json.decode(await pending.answer, type=RESULTS[method])
        except asyncio.CancelledError:
            self._write(process, _line(Request(number, CANCEL)))
            raise
        except msgspec.MsgspecError as error:
            raise EngineFault(f"The engine gave an answer that cannot be read ({error}).") from error
        finally:
            self._pending.pop(number, None)

    async def close(self) -> None:
        """End the service; requests under way get an `EngineFault`. A later request starts a new one."""
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(asyncio.shield(reader), GRACE)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await reader

    async def _started(self) -> Process:
        async with self._starting:
            if self._process is None:
                # Never the terminal: what libraries write there would lie across the screen.
                errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
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
        # A service that has just died is reported by the reader, to every request that waits for it.
        with contextlib.suppress(ConnectionError):
            if process.stdin is not None:
                await process.stdin.drain()

    def _write(self, process: Process, line: bytes) -> None:
        if process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line)

    def _ping(self, process: Process) -> "asyncio.Future[float]":
        self._last_id += 1
        self._pings = {self._last_id: asyncio.get_running_loop().create_future()}
        self._write(process, _line(Request(self._last_id, PING)))
        return self._pings[self._last_id]

    async def _end_when_hung(self, process: Process) -> None:
        heart = Heart(
            lambda: self._ping(process), lambda: bool(self._pending), lambda: self._progress, self._beat
        )
        await heart.stop()
        self._hung = process
        process.kill()

    async def _read(self, process: Process, errors: IO[bytes]) -> None:
        """Hand out the answers of `process` until it ends; then tell those that wait in vain."""
        assert process.stdout is not None
        listening = asyncio.create_task(self._end_when_hung(process))
        try:
            while line := await process.stdout.readline():
                self._dispatch(line)
        except (
            ValueError,
            msgspec.MsgspecError,
        ):  # too long, or no reply: what follows cannot be trusted either
            process.kill()
        finally:
            listening.cancel()
            self._process = None
            waiting, self._pending = self._pending, {}
            code = await process.wait()
            fault = EngineFault(_HUNG) if self._hung is process else _fault(code, errors)
            errors.close()
            for pending in waiting.values():
                if not pending.answer.done():
                    pending.answer.set_exception(fault)

    def _dispatch(self, line: bytes) -> None:
        reply = self._decoder.decode(line)
        if (pong := self._pings.pop(reply.id, None)) is not None:
            pong.set_result(msgspec.json.decode(reply.result, type=float))
            return
        pending = self._pending.get(reply.id)
        if pending is None or pending.answer.done():
            return  # nobody waits for it any more
        if reply.progress is not None:
            self._progress += 1
            if pending.on_progress is not None:
                pending.on_progress(reply.progress)
        elif reply.error is not None:
            pending.answer.set_exception(_exception(reply.error))
        else:
            pending.answer.set_result(reply.result)


def _line(request: Request) -> bytes:
    """A request as it is sent.

    Raises:
        Problem: some text is not UTF-8; arguments that are not come as lone surrogates.
    """
    try:
        return msgspec.json.encode(request) + b"\n"
    except UnicodeEncodeError as error:
        shown = error.object[: error.start + 1].encode(errors="replace").decode()[-40:]
        raise Problem("this text is not UTF-8", where=shown, mend="Write it in UTF-8.") from None


def _exception(failure: Failure) -> Exception:
    return Told(failure.message) if failure.kind == "problem" else EngineFault(failure.message)


def _fault(code: int, errors: IO[bytes]) -> EngineFault:
    """What to say of a service that ended with `code`: how, and the last thing it wrote to `errors`."""
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    errors.seek(0)
    lines = errors.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    said = f" Its last words: {last}" if last else ""
    return EngineFault(f"The engine ended {how}; it will be started again.{said}")
