"""What is said when a run did not end well: the reason, the last log lines, and what can be done."""

from collections.abc import Sequence

from textual.content import Content

from core.plain import plain
from core.runs.history import History
from core.runs.listing import RunState

LAST_LINES = 6


def outcome(history: History, state: RunState, name: str, log: Sequence[str]) -> Content | None:
    """The message for a failed or interrupted run; None for any other."""
    if state == "failed":
        error = history.ended.error if history.ended else ""
        head = Content.assemble(("failed: ", "bold $error"), (plain(error) or "no reason was given", "bold"))
    elif state == "interrupted":
        advice = f"continue with `bertcls-tui resume {plain(name)}`, or press r"
        head = Content.assemble((f"interrupted at step {history.step}: ", "bold $error"), (advice, "bold"))
    else:
        return None
    lines = [plain(line) for line in log if line.strip()][-LAST_LINES:]
    return Content("\n").join([head, *(Content.styled(line, "dim") for line in lines)])
