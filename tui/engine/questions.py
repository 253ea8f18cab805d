"""Ask the engine service from the command line, with a sign of life on standard error."""

import asyncio
import io
import sys
from collections.abc import Callable
from typing import Any

import msgspec
from rich.console import Console
from rich.status import Status

from core.problems import Problem
from core.protocol import ProgressReport
from tui.engine.client import Engine, OnProgress
from tui.wording.progress import progress

# The arguments of the next question by the last answer.
Turns = Callable[[Any], dict[str, Any] | None]


def ask(method: str, params: dict[str, Any], *, on_progress: OnProgress | None = None) -> Any:
    """The answer of a new engine service, a record of the type `core.protocol.RESULTS[method]`.

    Args:
        method: what is asked.
        params: its arguments.
        on_progress: is told how far the service has come, in place of the person.

    Raises:
        Problem: something that the person can mend.
        EngineFault: the engine failed.
    """
    return ask_all(method, [params], on_progress=on_progress)[0]


def ask_all(
    method: str, questions: list[dict[str, Any]], *, on_progress: OnProgress | None = None
) -> list[Any]:
    """The answers of one engine service to several questions, which can share what takes long.

    Raises:
        Problem: something that the person can mend, with any of them.
        EngineFault: the engine failed.
    """
    remaining = iter(questions)
    return ask_in_turn(method, lambda last: next(remaining, None), on_progress=on_progress)


def ask_in_turn(method: str, following: Turns, *, on_progress: OnProgress | None = None) -> list[Any]:
    """The answers of one new engine service to one question after the other.

    Args:
        method: what is asked.
        following: the arguments of the next question by the last answer, None at first; None ends it.
        on_progress: is told how far the service has come, in place of the person.

    Raises:
        Problem: something that the person can mend.
        EngineFault: the engine failed.
    """
    return list(asyncio.run(_ask(method, following, on_progress)))


def lines_of_standard_input(encoding: str | None) -> list[str]:
    """The lines that are piped in, each a text.

    Args:
        encoding: theirs; None for UTF-8.

    Raises:
        Problem: nothing is piped in, or it is not in that encoding.
    """
    data = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    try:
        lines = (
            io.StringIO(data.decode(encoding or "utf-8-sig"), newline=None).read().rstrip("\n").split("\n")
        )
    except LookupError:
        raise Problem(f"{encoding!r} is no encoding", where="--encoding", mend="Try latin-1.") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Problem(
            f"line {line} is not {encoding or 'UTF-8'}",
            where="standard input",
            mend="Say what it is with --encoding, such as latin-1.",
        ) from None
    if lines == [""]:
        raise Problem(
            "there is no text to classify", mend="Give texts, --file FILE --output FILE, or pipe lines in."
        )
    return lines


async def _ask(method: str, following: Turns, on_progress: OnProgress | None) -> list[msgspec.Struct]:
    engine = Engine()
    console = Console(stderr=True, markup=False, highlight=False)
    try:
        if on_progress is not None or not console.is_terminal:
            return await _answers(engine, method, following, on_progress)
        with console.status("starting") as status:
            return await _answers(engine, method, following, lambda report: _show(status, report))
    finally:
        await engine.close()


async def _answers(
    engine: Engine, method: str, following: Turns, on_progress: OnProgress | None
) -> list[msgspec.Struct]:
    answers: list[msgspec.Struct] = []
    params = following(None)
    while params is not None:
        answers.append(await engine.request(method, params, on_progress=on_progress))
        params = following(answers[-1])
    return answers


def _show(status: Status, report: ProgressReport) -> None:
    status.update(progress(report))
