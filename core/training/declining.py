"""Commands that no trainer will obey any more: whoever sent them is told."""

from collections.abc import Sequence

from core.runs.commands import Command
from core.runs.directory import RunDirectory
from core.runs.events import Acknowledged, EventWriter
from core.runs.history import read_outline


def decline(
    commands: Sequence[Command],
    events: EventWriter,
    run: RunDirectory,
    reason: str,
    *,
    is_stopped: bool = False,
) -> None:
    """Refuse those of `commands` to `run` that nobody answered; where it was stopped, a stop was obeyed."""
    if not commands:
        return
    history = read_outline(run)
    for command in commands:
        if command.id not in history.acknowledged:
            obeyed = is_stopped and command.name in ("stop", "stop_after_evaluation")
            events.write(
                Acknowledged(
                    id=command.id,
                    name=command.name,
                    step=history.step,
                    accepted=obeyed,
                    message="stopped" if obeyed else f"not delivered: {reason}",
                    value=command.value,
                    text=command.text,
                )
            )
