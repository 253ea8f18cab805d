"""Notice: one line about the last command or a new warning, hidden when there is none."""

from collections.abc import Sequence

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from core.runs.commands import Command
from core.runs.events import Acknowledged
from core.runs.history import History
from core.text.plain import plain

# Seconds that a message stays once no command is pending.
STAY = 10.0


class Notice(Widget):
    """Shows whether a command was sent, acknowledged or rejected, and each new warning."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.message = ""
        self._sent: dict[str, str] = {}
        """Names of the commands without an answer, by their ids."""
        self._timer: Timer | None = None
        self._warned: set[str] | None = None

    def sent(self, command: Command, called: str) -> None:
        """Show that a command was sent, until it is answered."""
        self._sent[command.id] = called
        self._put(f"{called}: sent, waiting for the trainer…", stays=True)

    def show_message(self, message: str) -> None:
        """Show `message` for a while."""
        self._sent.clear()
        self._put(message, stays=False)

    def show(self, history: History, warnings: Sequence[str], *, is_alive: bool) -> None:
        """Show the answers to commands that were sent, and new `warnings`."""
        self._warn(warnings)
        answered = {id: name for id, name in self._sent.items() if id in history.acknowledged}
        answers = [_answer(name, history.acknowledged[id]) for id, name in answered.items()]
        if self._sent and not is_alive:
            lost = [name for id, name in self._sent.items() if id not in answered]
            answers += [f"{name}: not delivered, the trainer ended first" for name in lost]
            answered = dict(self._sent)
        for id in answered:
            del self._sent[id]
        if answers:
            self._put(" · ".join(answers), stays=bool(self._sent))

    def render(self) -> Content:
        """The line."""
        return Content(self.message)

    def _warn(self, warnings: Sequence[str]) -> None:
        # Warnings that were there at the start are not new.
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


def _answer(called: str, answer: Acknowledged) -> str:
    verb = "acknowledged" if answer.accepted else "rejected"
    reason = f": {answer.message}" if answer.message else ""
    return f"{called}: {verb} at step {answer.step}{reason}"
