"""The part of the engine that screens and widgets use."""

from typing import Protocol

from core.protocol import Request
from core.protocol.requests import AnswerT
from tui.engine.client import OnProgress


class Answerer(Protocol):
    """Answers requests; `tui.engine.client.Engine` does."""

    async def ask(self, request: Request[AnswerT], *, on_progress: OnProgress | None = None) -> AnswerT:
        """Answer one request.

        Raises:
            Problem: the user can fix why there is no answer.
            EngineFault: the engine failed.
        """
