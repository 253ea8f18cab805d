"""The terminal that the program runs in: whether there is one, and what happens when it is gone."""

import select
import signal
import sys
import threading

_KEYS = 0  # the file number of standard input
_POLL_MILLISECONDS = 1000


def has_screen() -> bool:
    """Whether keys can be read and a screen can be drawn. A stream that was closed is None."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def end_with_terminal() -> None:
    """Let the end of the terminal end this process, also where the signal for it is ignored or never comes.

    Without a terminal there is nothing to restore and nobody to ask, and reading it would spin for ever.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    threading.Thread(target=_wait_for_hang_up, name="hang-up", daemon=True).start()


def _wait_for_hang_up() -> None:
    poll = select.poll()
    # No event is asked for: a hang-up is reported always, and keys are left to those who read them.
    poll.register(_KEYS, 0)
    while not poll.poll(_POLL_MILLISECONDS):
        pass
    signal.raise_signal(signal.SIGHUP)
