"""CommandSender: sends commands to the trainer of a run and shows in a notice how they were answered."""

from core.problems import Problem
from core.runs import commands
from core.runs.commands import CommandName
from core.runs.launch import launch
from core.runs.state import RESUMABLE
from tui.following.run import RunFollower
from tui.screens.dialogs.adjust import Adjusted
from tui.widgets.run.notice import Notice

# Actions of a screen that change a run; a read-only screen has none of them.
_ACTIONS = ("send", "adjust", "note", "restart")
# Commands whose names are not words.
_NAMES: dict[CommandName, str] = {
    "stop_after_evaluation": "stop after evaluation",
    "learning_rate": "learning rate",
    "max_steps": "maximum steps",
    "eval_steps": "evaluation interval",
}


class CommandSender:
    """Commands for one run.

    Args:
        follower: of the run.
        notice: shows each command, its acknowledgement, or why it cannot be delivered.
        read_only: allow no command.
    """

    def __init__(self, follower: RunFollower, notice: Notice, *, read_only: bool) -> None:
        self._follower = follower
        self._notice = notice
        self._read_only = read_only

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether an action of the screen makes sense in the present state of the run; others always do."""
        follower = self._follower
        if action not in _ACTIONS:
            return True
        if self._read_only:
            return False
        if not follower.is_ready:
            return True
        is_alive = follower.is_alive
        if action == "restart":
            return not is_alive and follower.state in RESUMABLE
        if action == "adjust":
            return is_alive and follower.history.plan is not None
        if follower.history.ended is not None and not is_alive:
            return False
        if parameters in (("pause",), ("release",), ("resume",)):
            return (parameters == ("resume",)) == (follower.state == "paused")
        return True

    def send(self, name: CommandName, *, value: float | None = None, text: str = "") -> None:
        """Send a command to the trainer."""
        shown = _NAMES.get(name, name)
        if not self._follower.is_alive:
            self._notice.show_message(f"{shown} cannot be delivered: the trainer is not running")
            return
        try:
            command = commands.post(self._follower.run.commands, name, value=value, text=text)
        except Problem as problem:
            self._notice.show_message(f"{shown} cannot be delivered: {problem.what}")
        else:
            self._notice.sent(command, shown)

    def adjust(self, adjusted: Adjusted) -> None:
        """Send a command for each changed setting."""
        for name, value in adjusted.items():
            self.send(name, value=value)

    def resume_run(self) -> None:
        """Start the trainer again from the last checkpoint."""
        try:
            launch(self._follower.run, resume=True)
        except Problem as problem:
            self._notice.show_message(str(problem))
        else:
            self._notice.show_message("resuming from the last checkpoint…")
