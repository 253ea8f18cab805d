"""A stand-in engine with one data set and one plan. It records its requests."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from sample_runs import PLAN

from core.config import RunConfig
from core.problems import Problem
from core.protocol import InspectData, Inspection, ProgressReport, Request

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
    """Answers at once unless it is held. Rejects training files whose names start with `bad`."""

    def __init__(self, plan: msgspec.Struct = PLAN) -> None:
        self.plan = plan
        self.asked: list[Request[Any]] = []
        self.held = asyncio.Event()
        self.held.set()

    async def ask(
        self, request: Request[Any], *, on_progress: Callable[[ProgressReport], None] | None = None
    ) -> Any:
        self.asked.append(request)
        await self.held.wait()
        if isinstance(request, InspectData):
            name = Path(request.data.train or "").name
            if name.startswith("bad"):
                raise Problem(
                    "the label is empty",
                    where=f"{name}, line 3",
                    mend="Fill it in, or use --drop-bad-rows.",
                )
            return INSPECTION
        return self.plan

    async def close(self) -> None:
        """Nothing to close."""


def last_config(engine: FakeEngine) -> RunConfig | None:
    """The configuration of the last request, or None."""
    return getattr(engine.asked[-1], "config", None)
