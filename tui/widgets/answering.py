"""What widgets need of the engine."""

from typing import Any, Protocol

import msgspec


class Answerer(Protocol):
    """Answers questions about texts; `tui.engine.Engine` does."""

    async def request(self, method: str, params: dict[str, Any]) -> msgspec.Struct:
        """Answer one question of core/protocol.

        Raises:
            Problem: something that a person can mend.
            EngineFault: the engine failed.
        """
