"""Commands that no trainer will obey any more: whoever sent them is told."""

from collections.abc import Iterable

from core.runs.commands import Command
from core.runs.events import Acknowledged, EventWriter
from core.runs.history import History


def decline(commands: Iterable[Command], events: EventWriter, history: History, reason: str) -> None:
    """Refuse those of `commands` that were not answered before."""
    for command in commands:
        if command.id not in history.acknowledged:
            events.write(
                Acknowledged(
                    id=command.id,
                    name=command.name,
                    step=history.step,
                    accepted=False,
                    message=f"not delivered: {reason}",
                    value=command.value,
                    text=command.text,
                )
            )
