"""What screens and widgets need of the engine."""

from typing import Any, Protocol

import msgspec

from tui.engine.client import OnProgress


class Answerer(Protocol):
    """Answers questions; `tui.engine.client.Engine` does."""

    async def request(
        self, method: str, params: dict[str, Any], *, on_progress: OnProgress | None = None
    ) -> msgspec.Struct:
        """Answer one question of core/protocol.

        Raises:
            Problem: something that a person can mend.
            EngineFault: the engine failed.
        """
