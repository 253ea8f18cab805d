"""Commands that no trainer will obey any more: whoever sent them is told."""

from collections.abc import Sequence

from core.runs.commands import Command
from core.runs.directory import RunDirectory
from core.runs.events import Acknowledged, EventWriter
from core.runs.listing import read_outline


def decline(commands: Sequence[Command], events: EventWriter, run: RunDirectory, reason: str) -> None:
    """Refuse those of `commands` to `run` that were not answered before."""
    if not commands:
        return
    history = read_outline(run)
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
