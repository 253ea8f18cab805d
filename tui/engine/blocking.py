"""Ask the engine service from code without an event loop. Each call starts a service of its own."""

import asyncio
from collections.abc import Callable, Iterable

from rich.console import Console

from core.protocol import Request
from core.protocol.requests import AnswerT
from tui.engine.client import Engine, OnProgress
from tui.wording.progress import progress

NextRequest = Callable[[AnswerT | None], Request[AnswerT] | None]
"""The next request, given the last answer: None before the first; returns None to end."""


def ask(request: Request[AnswerT], *, on_progress: OnProgress | None = None) -> AnswerT:
    """The answer to one request.

    Args:
        request: goes to a new engine service, which ends with the answer.
        on_progress: replaces the status line, which is shown only in a terminal.

    Raises:
        Problem: the user can fix why there is no answer.
        EngineFault: the engine failed.
    """
    (answer,) = ask_all([request], on_progress=on_progress)
    return answer


def ask_all(requests: Iterable[Request[AnswerT]], *, on_progress: OnProgress | None = None) -> list[AnswerT]:
    """The answers to several requests by one service, which reuses what they have in common. See `ask`."""
    remaining = iter(requests)
    return ask_in_turn(lambda last: next(remaining, None), on_progress=on_progress)


def ask_in_turn(
    next_request: NextRequest[AnswerT], *, on_progress: OnProgress | None = None
) -> list[AnswerT]:
    """The answers to requests that depend on one another, by one service. See `ask`."""
    return asyncio.run(_ask(next_request, on_progress))


async def _ask(next_request: NextRequest[AnswerT], on_progress: OnProgress | None) -> list[AnswerT]:
    engine = Engine()
    console = Console(stderr=True, markup=False, highlight=False)
    try:
        if on_progress is not None or not console.is_terminal:
            return await _answers(engine, next_request, on_progress)
        with console.status("starting") as status:
            return await _answers(engine, next_request, lambda report: status.update(progress(report)))
    finally:
        await engine.close()


async def _answers(
    engine: Engine, next_request: NextRequest[AnswerT], on_progress: OnProgress | None
) -> list[AnswerT]:
    answers: list[AnswerT] = []
    request = next_request(None)
    while request is not None:
        answers.append(await engine.ask(request, on_progress=on_progress))
        request = next_request(answers[-1])
    return answers
