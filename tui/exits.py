"""How `bertcls-tui` ends: its exit codes, and the sentence that goes with a bad one."""

import sys

from core.text.plain import plain

DONE = 0
FAILED = 1
NOTHING_STARTED = 2
"""Usage, configuration or data: nothing was begun."""
INTERRUPTED = 130
TERMINATED = 143
"""By SIGTERM; the terminal was left clean."""


def complain(message: str, code: int) -> int:
    """Tell a person on standard error what is wrong; return `code`."""
    sys.stderr.write(f"bertcls-tui: {plain(message)}\n")
    sys.stderr.flush()
    return code
