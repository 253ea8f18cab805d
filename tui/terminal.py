"""The process and its terminal: exit codes, error messages, what the terminal can show, hang-ups."""

import codecs
import locale
import os
import re
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

STDIN, STDOUT, STDERR = range(3)
_TERMS_WITHOUT_ESCAPE_CODES = ("", "dumb", "unknown")
_POLL_MILLISECONDS = 1000


def report_error(message: str, code: int) -> int:
    """Print `message` on standard error and return the exit code `code`."""
    sys.stderr.write(f"bertcls-tui: {plain(message)}\n")
    sys.stderr.flush()
    return code


def is_interactive() -> bool:
    """Whether screens can be opened."""
    return is_terminal() and has_escape_codes()


def is_terminal() -> bool:
    """Whether standard input and output are a terminal, of whatever abilities."""
    return os.isatty(STDIN) and os.isatty(STDOUT)


def has_escape_codes() -> bool:
    """Whether the terminal understands escape codes."""
    return os.environ.get("TERM", "") not in _TERMS_WITHOUT_ESCAPE_CODES


def no_screen() -> str:
    """Why no screen can be opened."""
    if not is_terminal():
        return "there is no terminal to open a screen in"
    term = os.environ.get("TERM")
    return f"a terminal with TERM={term} has no screens" if term else "without TERM, no screen can be opened"


def has_utf8() -> bool:
    """Whether the locale says that the terminal has UTF-8, also where that locale is not installed."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    name = next(filter(None, names), "")
    return bool(re.search("utf-?8", name, re.IGNORECASE)) or is_utf8(locale.getencoding())


def is_utf8(encoding: str) -> bool:
    """Whether an encoding has every character."""
    return codecs.lookup(encoding).name == "utf-8"


def end_with_terminal() -> None:
    """End this process when its terminal hangs up, even if SIGHUP is ignored or never delivered.

    Without a terminal there is nothing to restore, and reading it would spin.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    threading.Thread(target=_wait_for_hang_up, name="hang-up", daemon=True).start()


def _wait_for_hang_up() -> None:
    poll = select.poll()
    # POLLHUP is always reported. No other event is requested, so that keys stay with their readers.
    poll.register(STDIN, 0)
    while not poll.poll(_POLL_MILLISECONDS):
        pass
    signal.raise_signal(signal.SIGHUP)
