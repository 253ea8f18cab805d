"""The process and its terminal: exit codes, error messages, interactivity, hang-ups."""

import select
import signal
import sys
import threading

from core.text.plain import plain

DONE = 0
FAILED = 1
NOTHING_STARTED = 2
"""Wrong usage, configuration or data: nothing was started."""
INTERRUPTED = 130
TERMINATED = 143
"""By SIGTERM; the terminal was restored."""

_STDIN = 0
_POLL_MILLISECONDS = 1000


def report_error(message: str, code: int) -> int:
    """Print `message` on standard error and return the exit code `code`."""
    sys.stderr.write(f"bertcls-tui: {plain(message)}\n")
    sys.stderr.flush()
    return code


def is_interactive() -> bool:
    """Whether standard input and output are a terminal. A closed stream is None in `sys`."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def end_with_terminal() -> None:
    """End this process when its terminal hangs up, even if SIGHUP is ignored or never delivered.

    Without a terminal there is nothing to restore, and reading it would spin.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    threading.Thread(target=_wait_for_hang_up, name="hang-up", daemon=True).start()


def _wait_for_hang_up() -> None:
    poll = select.poll()
    # POLLHUP is always reported. No other event is requested, so that keys stay with their readers.
    poll.register(_STDIN, 0)
    while not poll.poll(_POLL_MILLISECONDS):
        pass
    signal.raise_signal(signal.SIGHUP)
