"""Sending commands: what the keys of a screen have a run do, and what becomes of it."""

from core.problems import Problem
from core.runs import commands
from core.runs.commands import CommandName
from tui.following.run import RunFollower
from tui.screens.dialogs.adjust import Adjusted
from tui.widgets.run.notice import Notice

# Each would be sent to a trainer; who only watches has none of these actions.
ACTIONS = ("send", "adjust", "note", "restart")

# What the commands are called where their names are not words.
WORDS: dict[CommandName, str] = {
    "stop_after_evaluation": "stop after evaluation",
    "learning_rate": "learning rate",
    "max_steps": "steps at most",
    "eval_steps": "evaluation rhythm",
}


def send(
    follower: RunFollower,
    notice: Notice,
    name: CommandName,
    *,
    value: float | None = None,
    text: str = "",
) -> None:
    """Send a command to the trainer of the run that is followed; say so, or why it cannot be delivered."""
    called = WORDS.get(name, name)
    if not follower.is_alive:
        notice.tell(f"{called} cannot be delivered: the trainer is not running")
        return
    try:
        notice.sent(commands.post(follower.run.commands, name, value=value, text=text), called)
    except Problem as problem:
        notice.tell(f"{called} cannot be delivered: {problem.what}")


def send_all(follower: RunFollower, notice: Notice, adjusted: Adjusted) -> None:
    """Send a command for each setting that was changed."""
    for name, value in adjusted.items():
        send(follower, notice, name, value=value)
