"""Notice: one line about the last command or a new warning, there only while it has something to say."""

from collections.abc import Sequence

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from core.plain import plain
from core.runs.commands import Command
from core.runs.history import History

# Seconds that a message stays once nothing more is awaited.
STAY = 10.0


class Notice(Widget):
    """Tells whether a command was sent, obeyed or refused, and each warning that comes while one watches."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.message = ""
        self._sent: Command | None = None
        self._timer: Timer | None = None
        self._warned: set[str] | None = None

    def sent(self, command: Command) -> None:
        """A command is on its way."""
        self._sent = command
        self._put(f"{command.name}: sent, waiting for the trainer…", stays=True)

    def tell(self, message: str) -> None:
        """Say something for a while."""
        self._sent = None
        self._put(message, stays=False)

    def show(self, history: History, warnings: Sequence[str], *, is_alive: bool) -> None:
        """Say what became of the command that was sent, and what is new in `warnings`."""
        self._warn(warnings)
        if self._sent is None:
            return
        name, answer = self._sent.name, history.acknowledged.get(self._sent.id)
        if answer is not None:
            verb = "acknowledged" if answer.accepted else "refused"
            reason = f": {answer.message}" if answer.message else ""
            self.tell(f"{name}: {verb} at step {answer.step}{reason}")
        elif not is_alive:
            self.tell(f"{name}: the trainer ended before it could obey")

    def render(self) -> Content:
        """The line."""
        return Content(self.message)

    def _warn(self, warnings: Sequence[str]) -> None:
        # What was there when one began to watch is no news.
        new = [text for text in warnings if self._warned is not None and text not in self._warned]
        self._warned = (self._warned or set()).union(warnings)
        if new:
            more = f" (and {len(new) - 1} more)" if len(new) > 1 else ""
            self._put(f"warning{more}: {new[-1]}", stays=False)

    def _put(self, message: str, *, stays: bool) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = None if stays else self.set_timer(STAY, self._hide)
        self.message = plain(message)
        self.display = True
        self.refresh()

    def _hide(self) -> None:
        self.display = False
