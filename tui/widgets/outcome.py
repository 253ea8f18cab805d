"""What is said when a run did not end well or cannot go on: the reason, the log, and what can be done."""

import time
from collections.abc import Sequence

from textual.content import Content

from core.runs.history import History
from core.runs.listing import RunState
from core.text import format
from core.text.plain import plain

LAST_LINES = 6


def outcome(history: History, state: RunState, name: str, log: Sequence[str]) -> Content | None:
    """The message for a run that failed, was interrupted or waits for disk space; None for any other."""
    if state == "failed":
        error = history.ended.error if history.ended else ""
        head = Content.assemble(("failed: ", "bold $error"), (plain(error) or "no reason was given", "bold"))
    elif state == "waiting for disk space":
        return _waiting(history)
    elif state == "interrupted":
        advice = f"continue with `bertcls-tui resume {plain(name)}`, or press r"
        head = Content.assemble((f"interrupted at step {history.step}: ", "bold $error"), (advice, "bold"))
    else:
        return None
    lines = [plain(line) for line in log if line.strip()][-LAST_LINES:]
    return Content("\n").join([head, *(Content.styled(line, "dim") for line in lines)])


def _waiting(history: History) -> Content:
    """What cannot be written for want of disk space, and until when the run waits."""
    blocked = history.blocked
    assert blocked is not None
    needed = f", {format.size(blocked.needed)} needed" if blocked.needed else ""
    until = time.strftime("%H:%M", time.localtime(blocked.time + blocked.seconds))
    return Content("\n").join(
        [
            Content.assemble(
                ("waiting for disk space: ", "bold $error"),
                (f"{plain(blocked.what)} cannot be written", "bold"),
                f" ({plain(blocked.reason)}{needed})",
            ),
            Content(
                f"Free some in {plain(blocked.folder)} and the run continues. Otherwise it ends at {until}."
            ),
        ]
    )
