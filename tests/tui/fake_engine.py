"""An engine that knows one data set and one plan, and remembers what it was asked."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from sample_runs import PLAN

from core.protocol import Inspection, ProgressReport
from tui.engine.client import Told

INSPECTION = Inspection(
    sources={"train": "reviews_train.csv"},
    columns=["text", "label", "kind"],
    text_column="text",
    label_column="label",
    reasons=["text holds the longest texts.", "label has 2 values in 600 rows."],
    rows=600,
    labels={"negative": 300, "positive": 300},
    preview=[
        ["The plot was thin, but I loved every minute of it and would go again.", "positive", "film"],
        ["Three buses to get there and the museum was closed.\nAgain.", "negative", "place"],
        ["[b]Bold[/b] claims, \x1b[31mred\x1b[0m flags.", "negative", "book"],
    ],
)
WARNED = msgspec.structs.replace(
    PLAN, warnings=["patience 5 can never be used up: there are only 3 evaluations. Set eval_steps to 50."]
)


class FakeEngine:
    """Answers at once unless it is held; a training file whose name begins with `bad` is refused."""

    def __init__(self, plan: msgspec.Struct = PLAN) -> None:
        self.plan = plan
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.held = asyncio.Event()
        self.held.set()

    async def request(
        self,
        method: str,
        params: dict[str, Any],
        *,
        on_progress: Callable[[ProgressReport], None] | None = None,
    ) -> msgspec.Struct:
        self.asked.append((method, params))
        await self.held.wait()
        if method == "inspect":
            name = Path(params["data"]["train"]).name
            if name.startswith("bad"):
                raise Told(f"{name}, line 3: the label is empty. Fill it in, or use --drop-bad-rows.")
            return INSPECTION
        return self.plan

    async def close(self) -> None:
        """Nothing is to be ended."""
